"""Who may import whom, checked twice: by the import contracts, and by what a fresh interpreter has loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
HEAVY = ('textual', 'rich', 'pydantic', 'pydantic_ai', 'pydantic_core')


def modules_after(program: str) -> set[str]:
    """The top-level modules that are loaded once a program has run in a fresh interpreter."""
    report = f'import atexit, sys\natexit.register(lambda: print("\\nLOADED", *sys.modules))\n{program}'
    done = subprocess.run([sys.executable, '-c', report], capture_output=True, text=True, timeout=60)
    loaded = done.stdout.rpartition('\nLOADED ')[2].split()
    assert loaded, done.stderr
    return {name.partition('.')[0] for name in loaded} | set(loaded)


def test_the_import_contracts_hold() -> None:
    lint_imports = Path(sys.executable).with_name('lint-imports')

    done = subprocess.run([lint_imports, '--no-cache'], cwd=PROJECT, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize('option', ['--version', '--help'])
def test_what_needs_no_session_loads_nothing_of_one(option: str) -> None:
    loaded = modules_after(f'from pydantic_ai_debug.cli import main\nmain([{option!r}])')

    assert loaded.isdisjoint(HEAVY)
    assert loaded.isdisjoint({'pydantic_ai_debug.session', 'pydantic_ai_debug.recording', 'pydantic_ai_debug.tui'})


def test_the_parent_without_a_screen_loads_neither_a_screen_nor_pydantic_ai() -> None:
    loaded = modules_after(
        'import pydantic_ai_debug.session.headless, pydantic_ai_debug.recording, pydantic_ai_debug.cli.entry\n'
        'import pkgutil, importlib, pydantic_ai_debug.model as model\n'
        'for module in pkgutil.iter_modules(model.__path__, "pydantic_ai_debug.model."):\n'
        '    importlib.import_module(module.name)\n'
    )

    assert loaded.isdisjoint(HEAVY)
    assert 'pydantic_ai_debug.debuggee' not in loaded


def test_the_screen_does_not_load_pydantic_ai() -> None:
    loaded = modules_after('import pydantic_ai_debug.tui.app')

    assert 'textual' in loaded
    assert loaded.isdisjoint({'pydantic', 'pydantic_core', 'pydantic_ai', 'pydantic_ai_debug.debuggee'})
