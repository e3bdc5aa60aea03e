"""What tests on a real terminal share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from terminals import Open, Terminal

from tests.debuggee.conftest import BOSS


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens a script, in whose folder `from boss import *` works; nothing is kept between tests."""
    terminals: list[Terminal] = []

    def start(source: str, *options: str) -> Terminal:
        (tmp_path / 'boss.py').write_text(BOSS)
        script = tmp_path / 'script.py'
        script.write_text(dedent(source))
        terminals.append(Terminal(*options, str(script), XDG_STATE_HOME=str(tmp_path / 'state')))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()
