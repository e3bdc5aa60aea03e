"""The keys on a real pseudo-terminal: each does what it says, and what fails is repaired or let go."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from terminals import Terminal

from tests.debuggee.conftest import BOSS
from tests.debuggee.test_mending import MODEL, OUTPUT, TOOL, VALIDATION

ENTER, ESCAPE, TAB, CTRL_S, CTRL_R = '\r', '\x1b', '\t', '\x13', '\x12'

Open = Callable[..., Terminal]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens a script, given as text, in a terminal; nothing is kept between tests."""
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


RUN_BOSS = """
from boss import *
print('it is', boss.run_sync('go').output)
"""

LET_GO = {'tool': TOOL, 'model': MODEL, 'arguments': VALIDATION, 'output': OUTPUT}


@pytest.mark.parametrize('case', LET_GO)
def test_what_is_let_go_fails_with_the_traceback_of_plain_python(opened: Open, tmp_path: Path, case: str) -> None:
    terminal = opened(LET_GO[case], '--continue')
    terminal.wait_until(lambda: 'paused' in terminal.header)
    plain = subprocess.run([sys.executable, tmp_path / 'script.py'], capture_output=True, text=True, check=False)
    terminal.press('c')
    terminal.wait_until(lambda: 'failed' in terminal.header)
    terminal.press('6')
    last = plain.stderr.rstrip().splitlines()[-1][:60]
    terminal.wait_for(last, 'exit code 1')
