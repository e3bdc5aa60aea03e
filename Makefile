# Everything a checkout needs: `make demo`, `make test`, `make check`, `make matrix`, `make bench`, `make screenshots`.
# Needs Python 3.10 or newer and make; the rest goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
TEST_ARGS ?=

.PHONY: demo test check lint matrix format bench screenshots clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/agent-debug --demo

test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n 4 --dist worksteal $(TEST_ARGS)

check: lint test

# The child on other Pythons and other versions of pydantic-ai.
matrix:
	@bash .ci/matrix

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/pyright --project pyproject.toml
	@$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

bench: $(VENV)/.installed-dev
	@$(BIN)/python bench/run.py

screenshots: $(VENV)/.installed-dev
	@$(BIN)/python screenshots/make.py

clean:
	rm -rf $(VENV) .venv-matrix .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# An environment that is there already is used as it is.
$(VENV)/.created:
	@if [ -x $(BIN)/python ]; then touch $@; exit 0; fi; \
	for python in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	    if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then \
	        $$python -m venv $(VENV) && touch $@ && exit 0; \
	        exit 1; \
	    fi; \
	done; \
	echo 'No Python 3.10 or newer (with its venv module) was found on the PATH: install one, such as python3.12 and python3.12-venv.' >&2; \
	exit 1

$(VENV)/.installed: $(VENV)/.created pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# `--group` came with pip 25.1.
$(VENV)/.installed-dev: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@
