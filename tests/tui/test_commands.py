"""The command table is complete, and says one thing about each key."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from pydantic_ai_debug.model.selectors import SESSION_ROW
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import commands as protocol
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.commands import COMMANDS, Situation, has_its_keys, offered_commands
from pydantic_ai_debug.tui.dialogs import Dialogs
from pydantic_ai_debug.tui.offering import AgentOffers
from pydantic_ai_debug.tui.screens.main import MainScreen
from pydantic_ai_debug.tui.scrubbing import MOVES

SENT_ELSEWHERE = {
    protocol.Launch: 'the session sends it when it starts',
    protocol.OpenValue: 'a pane asks for it where a value is opened',
    protocol.StartRun: 'the offer of agents answers with it',
    protocol.Edit: 'the screen of what is edited sends it',
    protocol.AnswerByHand: 'the screen of the answer sends it',
    protocol.Rewind: 'u, N and C ask first which tools run again',
    protocol.Evaluate: 'the evaluation line sends it',
    protocol.Interrupt: 'the evaluation line sends it',
    protocol.Complete: 'the evaluation line sends it',
    protocol.Leave: 'the offer of agents answers with it',
    protocol.Probe: 'the app asks by itself whether the script still answers',
}


def test_every_command_of_the_protocol_can_be_sent() -> None:
    source = MainScreen.__module__
    named = {name for command in COMMANDS if command.send is not None for name in _sent_names(command.send)}
    for command in get_args(protocol.Command):
        assert command in SENT_ELSEWHERE or command.__name__ in named, f'{command.__name__} has no row; see {source}'


def _sent_names(send: object) -> tuple[str, ...]:
    return send.__code__.co_names  # type: ignore[attr-defined, no-any-return]


DOERS = (MainScreen, DebuggerApp, Dialogs, AgentOffers)


def test_every_row_is_done_by_the_child_or_by_somebody_of_the_screen() -> None:
    for command in COMMANDS:
        done = [doer for doer in DOERS if hasattr(doer, f'do_{command.name}')]
        ways = len(done) + (command.send is not None) + (command.name in MOVES)
        assert ways == 1, f'{command.name} needs `send`, or `do_{command.name}` of one of {DOERS}'


def test_no_key_stands_for_two_commands_and_no_row_lacks_help() -> None:
    for live in (True, False):
        keys = Counter(key for command in COMMANDS if has_its_keys(command, live) for key in command.keys)
        assert [key for key, count in keys.items() if count > 1] == []
    assert all(command.help and command.label for command in COMMANDS)


def test_the_keys_of_the_contract_are_bound() -> None:
    bound = {key for command in offered_commands(live=True) for key in command.keys}
    assert bound >= {
        *('n', 'space', 'f10', 'c', 'f5', 'p', 'f6', 'R', 'slash', 'y', 'z', 'tab', 'shift+tab', 'j', 'k'),
        *('question_mark', 'f1', 'q', 's', 'f11', 'r', 'shift+f11', 't', 'b', 'f9', 'B', 'S'),
        *('e', 'x', 'exclamation_mark', 'u', 'N', 'C'),
    }
    in_recordings = {key for command in offered_commands(live=False) for key in command.keys}
    assert in_recordings >= {'n', 'space', 'f10', 's', 'f11', 'c', 'f5', 'N', 'C', 't', 'P', 'slash', 'y', 'z', 'q'}


def test_nothing_can_be_stepped_before_the_first_run() -> None:
    situation = Situation(SessionState(), SESSION_ROW, live=True, running=True, following=True)
    blocked = {command.name for command in offered_commands(live=True) if command.blocked(situation) is not None}
    steps = {'step_over', 'step_into', 'step_out', 'run_to', 'continue'}
    changes = {
        'edit',
        'answer',
        'retry',
        'show_changes',
        'rewind',
        'previous_boundary',
        'previous_breakpoint',
        'compare',
        'use_recorded',
        'go_live',
        'show_divergence',
    }
    assert blocked == {*steps, *changes, 'toggle_breakpoint', 'start_run', 'follow'}


def test_agents_are_offered_no_more_once_the_script_has_ended() -> None:
    (start,) = (command for command in COMMANDS if command.name == 'start_run')
    ended = Situation(SessionState(), SESSION_ROW, live=True, running=False, following=True)
    assert 'R starts it again' in (start.blocked(ended) or '')
