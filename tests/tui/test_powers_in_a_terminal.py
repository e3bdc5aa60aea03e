"""The keys on a real pseudo-terminal: each does what it says, and what fails is repaired or let go."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from terminals import CTRL_R, CTRL_S, DELETE, ENTER, ESCAPE, RUN_BOSS, SELECT_ALL, Open, Terminal

from tests.debuggee.test_mending import MODEL, OUTPUT, TOOL, VALIDATION

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


def edit(value: str, then: str = CTRL_R) -> Callable[[Terminal], None]:
    def mend(terminal: Terminal) -> None:
        terminal.press('e')
        terminal.wait_for('ctrl+s apply')
        # What is typed right after a bound key is inserted before the key acts: the empty text is waited for.
        terminal.press(SELECT_ALL + DELETE)
        terminal.wait_until(lambda: re.search(r'\u2502 +2 +["{]', terminal.text) is None)
        terminal.press(value)
        terminal.wait_for(value[-12:])
        terminal.press(CTRL_S)
        terminal.wait_for('is changed')
        terminal.press(then)

    return mend


def answer(value: str) -> Callable[[Terminal], None]:
    def mend(terminal: Terminal) -> None:
        terminal.press('x')
        terminal.wait_for('Answer by hand')
        terminal.press(value)
        terminal.wait_for(value)
        terminal.press(ENTER)

    return mend


def call(tool: str, args: str) -> str:
    return f'[{{"part_kind": "tool-call", "tool_name": "{tool}", "tool_call_id": "c1", "args": {args}}}]'


MENDED: dict[str, tuple[str, Callable[[Terminal], None], str]] = {
    'tool': (TOOL, edit('{"number": 30}'), 'got [30] [3, 30] 4'),
    'tool by hand': (TOOL, answer('12'), 'got [12] [3] 4'),
    'model': (MODEL, lambda terminal: terminal.press(CTRL_R), 'answered hello 2 2 1'),
    'model by hand': (MODEL, answer('from me'), 'from me 1 2 1'),
    'arguments': (VALIDATION, edit(call('count', '{"number": 7}')), 'got [7]'),
    'output': (OUTPUT, edit(call('final_result', '{"total": 50}')), 'Bill(total=50)'),
}


@pytest.mark.parametrize('case', MENDED)
def test_what_failed_is_mended_by_key_and_the_script_ends_well(opened: Open, case: str) -> None:
    script, mend, output = MENDED[case]
    terminal = opened(script, '--continue')
    terminal.wait_until(lambda: 'paused at an error' in terminal.header)
    mend(terminal)
    terminal.wait_until(lambda: 'paused before' in terminal.header)
    terminal.press('c')
    terminal.wait_until(lambda: 'finished' in terminal.header)
    terminal.press('6')
    terminal.wait_for(output, 'exit code 0')
    terminal.press('q')
    terminal.wait_until(lambda: terminal.process.poll() is not None)
    assert terminal.process.returncode == 0


def test_breakpoints_are_kept_by_a_restart(opened: Open) -> None:
    terminal = opened(RUN_BOSS)
    terminal.wait_until(lambda: 'paused before UserPromptNode' in terminal.header)
    terminal.press('b')
    terminal.wait_for('Breakpoint UserPromptNode')
    terminal.press('B')
    terminal.wait_for('on/off')
    terminal.press('a')
    terminal.wait_for('before a node of that class')
    terminal.press('tool:search' + ENTER)
    terminal.wait_for('■ tool:search')
    terminal.press('k ')
    terminal.wait_for('□ UserPromptNode')
    terminal.press('d')
    terminal.wait_until(lambda: '□ UserPromptNode' not in terminal.text)
    terminal.press(ESCAPE)
    terminal.wait_until(lambda: 'on/off' not in terminal.text)
    terminal.press('c')
    terminal.wait_until(lambda: 'paused before search' in terminal.header)
    terminal.press('R')
    terminal.wait_until(lambda: 'paused before UserPromptNode' in terminal.header)
    terminal.press('c')
    terminal.wait_until(lambda: 'paused before search' in terminal.header)
    terminal.press('z')
    terminal.wait_until(lambda: ' Result ' not in terminal.text)
    terminal.press('z')
    terminal.wait_for(' Result ')
    terminal.press('?')
    terminal.wait_for('Run this node')
    terminal.press(ESCAPE)
    terminal.wait_until(lambda: 'Run this node' not in terminal.text)
    terminal.press('q')
    terminal.wait_for('Quit')
