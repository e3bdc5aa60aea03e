"""The keys on a real pseudo-terminal, for an agent with three parallel tool calls of which one runs an agent with a tool."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

from terminals import (
    CTRL_C,
    CTRL_S,
    DELETE,
    DOWN,
    ENTER,
    ESCAPE,
    F1,
    F5,
    F9,
    F10,
    F11,
    RUN_BOSS,
    SELECT_ALL,
    SHIFT_F11,
    TAB,
    Open,
    Terminal,
)

CALLS = ('weather(', 'research(', 'clock(')

WAITING = """
import asyncio, os
from boss import *


@boss.output_validator
async def wait(text: str) -> str:
    while not os.path.exists(os.path.join(os.path.dirname(__file__), 'enough')):
        await asyncio.sleep(0.005)
    return text


print('it is', boss.run_sync('go').output)
"""


def walk_to_the_calls(terminal: Terminal) -> None:
    """To the boundary before the boss's three calls."""
    terminal.wait_for_stop('before UserPromptNode')
    terminal.press('n')
    terminal.wait_for_stop('before ModelRequestNode')
    terminal.press('n')
    terminal.wait_for_stop('before CallToolsNode')


def select(terminal: Terminal, key: str, *passed: str) -> None:
    """Move through rows, each time until it is the selected one."""
    for name in passed:
        terminal.press(key)
        terminal.wait_until(lambda name=name: f'› {name} · ' in terminal.shown)  # type: ignore[misc]


def type_over(terminal: Terminal, before: str, text: str) -> None:
    """Type something in place of a whole text, and apply it."""
    terminal.wait_for(before)
    terminal.press(SELECT_ALL + DELETE)
    terminal.wait_until(lambda: before not in terminal.text)
    terminal.press(text + CTRL_S)


def run_to_the_end(terminal: Terminal, output: str) -> None:
    terminal.press('c')
    terminal.wait_until(lambda: 'finished' in terminal.header)
    terminal.press('6')
    terminal.wait_for(output, 'exit code 0')
    terminal.press('q')
    terminal.wait_until(lambda: terminal.process.poll() is not None)
    assert terminal.process.returncode == 0
    assert terminal.modes == terminal.modes_before


def copied(terminal: Terminal) -> list[str]:
    """What was put on the terminal's clipboard."""
    found = re.findall(rb'\x1b\]52;c;([A-Za-z0-9+/=]*)\x07', terminal.written)
    return [base64.b64decode(text).decode() for text in found]


def test_calls_wait_side_by_side_and_are_let_go_in_the_order_that_is_picked(opened: Open) -> None:
    terminal = opened(RUN_BOSS)
    walk_to_the_calls(terminal)
    terminal.press('s')
    for call in CALLS:
        terminal.wait_for_row('◆', call)
    terminal.wait_for_stop('before clock')
    terminal.press('n')
    terminal.wait_for_row('✓', 'clock(')
    # The next one that waits is selected by itself.
    terminal.wait_for_stop('before research')
    terminal.wait_until(lambda: '› research · ' in terminal.shown)
    terminal.wait_for_row('◆', 'weather(')
    select(terminal, 'k', 'weather')
    terminal.wait_for_stop('before weather')
    terminal.press('n')
    terminal.wait_for_row('✓', 'weather(')
    terminal.wait_for_row('◆', 'research(')
    terminal.wait_for_stop('before research')
    run_to_the_end(terminal, 'it is a=rain in Oslo; b=found TEA; c=noon')


def test_a_step_leads_into_the_sub_agent_of_a_call_and_return_leads_back(opened: Open) -> None:
    terminal = opened(RUN_BOSS)
    walk_to_the_calls(terminal)
    terminal.press('s')
    terminal.wait_for_stop('before clock')
    select(terminal, 'k', 'research')
    terminal.press('s')
    terminal.wait_until(lambda: 'boss › researcher' in terminal.header)
    terminal.wait_for_stop('before UserPromptNode')
    terminal.press('n')
    terminal.wait_for_stop('before ModelRequestNode')
    terminal.press('n')
    terminal.wait_for_stop('before CallToolsNode')
    terminal.press('s')
    terminal.wait_for_stop('before search')
    terminal.press('r')
    terminal.wait_for_stop('after search')
    terminal.press('r')
    terminal.wait_for_stop('before ModelRequestNode')
    terminal.press('r')
    terminal.wait_for_stop('after research')
    for call in ('weather(', 'clock('):
        terminal.wait_for_row('◆', call)
    run_to_the_end(terminal, 'it is a=rain in Oslo; b=found TEA; c=noon')


def test_a_run_goes_to_the_selected_row_and_is_paused_while_it_runs(opened: Open, tmp_path: Path) -> None:
    terminal = opened(WAITING)
    walk_to_the_calls(terminal)
    select(terminal, 'j', 'weather', 'research', 'clock')
    terminal.press('t')
    terminal.wait_for_stop('before clock')
    terminal.wait_for_row('✓', 'weather(')
    terminal.press('t')
    terminal.wait_until(lambda: 'It waits there already' in terminal.shown)
    terminal.press('c')
    terminal.wait_until(lambda: 'running' in terminal.header and 'node 5 of 5' in terminal.shown)
    terminal.press('p')
    terminal.wait_until(lambda: 'Pausing at the next stop' in terminal.shown)
    (tmp_path / 'enough').touch()
    terminal.wait_for_stop('before End')
    run_to_the_end(terminal, 'it is a=rain in Oslo; b=found TEA; c=noon')


def test_a_pane_is_gone_to_searched_and_copied_from(opened: Open) -> None:
    terminal = opened(RUN_BOSS)
    walk_to_the_calls(terminal)
    terminal.press(TAB + TAB)
    terminal.press('z')
    terminal.wait_until(lambda: '─ State ─' in terminal.text and '─ Graph ─' not in terminal.text)
    terminal.press('/')
    terminal.wait_for('search State')
    terminal.press('run_step' + ENTER)
    terminal.wait_until(lambda: 'run_step' in terminal.screen.display[-2])
    terminal.press(ESCAPE)
    terminal.wait_until(lambda: 'esc close' not in terminal.text)
    terminal.press('y')
    terminal.wait_for('Copied 11 characters of State')
    assert copied(terminal) == ['run_step  1']


def test_the_whole_session_is_searched_and_what_is_found_is_copied(opened: Open) -> None:
    terminal = opened(RUN_BOSS)
    walk_to_the_calls(terminal)
    terminal.press('s')
    terminal.wait_for_stop('before clock')
    terminal.press('/')
    terminal.wait_for('and the whole session')
    terminal.press('oslo')
    terminal.wait_for('place in the session', 'weather(city="Oslo")')
    terminal.press(DOWN)
    terminal.wait_for_stop('before weather')
    terminal.press(ENTER)
    terminal.wait_until(lambda: '› weather · ' in terminal.shown)
    terminal.press('y')
    terminal.wait_until(lambda: bool(copied(terminal)))
    assert json.loads(copied(terminal)[0]) == {'tool': 'weather', 'tool_call_id': 'a', 'args': {'city': 'Oslo'}}
    run_to_the_end(terminal, 'it is a=rain in Oslo; b=found TEA; c=noon')


def test_a_refused_edit_says_where_and_why_and_keeps_the_text(opened: Open) -> None:
    terminal = opened(RUN_BOSS)
    walk_to_the_calls(terminal)
    terminal.press('s')
    terminal.wait_for_stop('before clock')
    select(terminal, 'k', 'research', 'weather')
    terminal.press('e')
    terminal.wait_for('before weather', 'ctrl+s apply')
    type_over(terminal, '"Oslo"', '{"city": 7}')
    terminal.wait_for('city', 'valid string', '{"city": 7}')
    type_over(terminal, '"city": 7', '{"city": "Rome"}')
    terminal.wait_for('args is changed: the run goes on with it')
    terminal.wait_for_row('✎', 'weather', 'city="Rome"')
    run_to_the_end(terminal, 'it is a=rain in Rome; b=found TEA; c=noon')


def test_a_model_request_is_answered_by_hand_before_it_is_sent(opened: Open) -> None:
    terminal = opened(RUN_BOSS)
    terminal.wait_for_stop('before UserPromptNode')
    terminal.press('n')
    terminal.wait_for_stop('before ModelRequestNode')
    terminal.press('x')
    terminal.wait_for('Answer by hand', 'In place of ModelRequestNode')
    terminal.press('All is well.' + ENTER)
    terminal.wait_for_stop('before CallToolsNode')
    run_to_the_end(terminal, 'it is All is well.')


def test_function_keys_do_what_the_letters_do(opened: Open) -> None:
    terminal = opened(RUN_BOSS)
    terminal.wait_for_stop('before UserPromptNode')
    terminal.press(F10)
    terminal.wait_for_stop('before ModelRequestNode')
    terminal.press(' ')
    terminal.wait_for_stop('before CallToolsNode')
    terminal.press(F9)
    terminal.wait_for('Breakpoint CallToolsNode')
    terminal.press(F1)
    terminal.wait_for('Run this node')
    terminal.press(ESCAPE)
    terminal.wait_until(lambda: 'Run this node' not in terminal.text)
    terminal.press(F11)
    terminal.wait_for_stop('before clock')
    terminal.press(SHIFT_F11)
    terminal.wait_for_stop('after clock')
    terminal.press(CTRL_C)
    terminal.press(F5)
    # The breakpoint is hit again where the boss has been answered.
    terminal.wait_for_stop('before CallToolsNode')
    terminal.press('b')
    run_to_the_end(terminal, 'it is a=rain in Oslo; b=found TEA; c=noon')


def test_a_run_goes_back_by_key_to_a_boundary_a_breakpoint_and_a_row(opened: Open) -> None:
    terminal = opened(RUN_BOSS, '-b', 'boss/CallToolsNode')
    walk_to_the_calls(terminal)
    terminal.press('N')
    terminal.wait_for_stop('before ModelRequestNode')
    terminal.wait_for('branch 1')
    terminal.press('n')
    terminal.wait_for_stop('before CallToolsNode')
    terminal.press('n')
    terminal.wait_for_stop('before ModelRequestNode')
    terminal.press('C')
    # The tools have run: which of them are called again is asked.
    terminal.wait_for('reuse', 'weather(')
    terminal.press(ENTER)
    terminal.wait_for_stop('before CallToolsNode')
    terminal.wait_for('branch 2')
    # It ran in the branch, which is folded.
    terminal.wait_until(lambda: not any('researcher' in row for row in terminal.rows))
    # One row up is the branch, and above that the node before it.
    # Typed at once, each key acts on what the one before it selected.
    terminal.press('kku')
    terminal.wait_for('Back before ModelRequestNode')
    terminal.press(ENTER)
    terminal.wait_for_stop('before ModelRequestNode')
    terminal.press('B')
    terminal.wait_for('on/off')
    terminal.press('d')
    terminal.wait_until(lambda: '■ boss/CallToolsNode' not in terminal.text)
    terminal.press(ESCAPE)
    terminal.wait_until(lambda: '─ Breakpoints ─' not in terminal.text)
    run_to_the_end(terminal, 'it is a=rain in Oslo; b=found TEA; c=noon')


def test_an_expression_is_evaluated_in_the_waiting_run(opened: Open) -> None:
    terminal = opened(RUN_BOSS)
    walk_to_the_calls(terminal)
    terminal.press('!')
    terminal.wait_for('tab completes')
    terminal.press('", ".join(part.tool_name for part in messages[-1].parts)' + ENTER)
    terminal.wait_for('weather, research, clock', 'tab completes')
    terminal.press(ESCAPE)
    terminal.wait_until(lambda: 'tab completes' not in terminal.text)
    run_to_the_end(terminal, 'it is a=rain in Oslo; b=found TEA; c=noon')
