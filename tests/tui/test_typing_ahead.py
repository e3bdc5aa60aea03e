"""Keys that arrive in one go, as a paste, a script or a busy machine sends them, each mean what they meant one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from stage import PlayedSession, main_screen, played_app, recording_app, settled, until
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Command, Evaluate, SetBreakpoints, StepInto
from pydantic_ai_debug.tui import typing_ahead
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.screens.main import MainScreen
from pydantic_ai_debug.tui.terminal.guarded import GuardedApp

HELLO = ev.Hello(1, '3.11.7', '1.85.1', 'script.py', ())
RUN = ev.RunStarted('r1', None, None, 'helper', 'test', 'Hi')
_NAMED = {'\r': 'enter', '\x1b': 'escape'}
STOP = ev.Stopped('r1', 0, 'boundary', 'UserPromptNode')


def type_at_once(app: DebuggerApp, text: str) -> None:
    """Type these characters, of which none waits for the one before it."""
    for character in text:
        app.post_message(Key(_NAMED.get(character) or _character_to_key(character), character))


@asynccontextmanager
async def on_screen(app: DebuggerApp) -> AsyncIterator[Pilot[int]]:
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        yield pilot


def paused_app() -> tuple[PlayedSession, DebuggerApp]:
    session = PlayedSession()
    session.report(HELLO, ev.PhaseChanged('running'), RUN, STOP)
    return session, played_app(session)


def lasting(session: PlayedSession) -> list[Command]:
    return [command for command in session.sent if isinstance(command, (Evaluate, SetBreakpoints, StepInto))]


async def test_a_search_that_is_typed_at_once_is_searched_for() -> None:
    app = recording_app('trip')
    async with on_screen(app) as pilot:
        type_at_once(app, '/museums.')
        await until(pilot, lambda: isinstance(app.screen.focused, Input) and app.screen.focused.value == 'museums.')
        assert main_screen(app).arrangement.active == 'Graph'


async def test_what_follows_the_end_of_a_search_is_a_command_again() -> None:
    app = recording_app('trip')
    async with on_screen(app) as pilot:
        type_at_once(app, '/museums.\x1b3')
        await until(pilot, lambda: main_screen(app).arrangement.active == 'State')
        assert not isinstance(app.screen.focused, Input)


@pytest.mark.parametrize('opened_before', [False, True], ids=['first', 'again'])
async def test_a_line_that_is_typed_at_once_is_evaluated(opened_before: bool) -> None:
    session, app = paused_app()
    async with on_screen(app) as pilot:
        if opened_before:
            type_at_once(app, '!\x1b')
            await until(pilot, lambda: not isinstance(app.screen.focused, Input))
        type_at_once(app, '!sum(deps)\r')
        await until(pilot, lambda: bool(lasting(session)))
        assert lasting(session) == [Evaluate('r1', None, 1, 'sum(deps)')]


async def test_a_breakpoint_that_is_typed_at_once_is_set() -> None:
    session, app = paused_app()
    async with on_screen(app) as pilot:
        type_at_once(app, 'Batool:search\r\x1bs')
        await until(pilot, lambda: len(lasting(session)) == 2)
        changed, stepped = lasting(session)
        assert isinstance(changed, SetBreakpoints)
        assert [breakpoint.spec for breakpoint in changed.breakpoints] == ['tool:search']
        assert stepped == StepInto('r1')
        assert isinstance(app.screen, MainScreen)


async def test_keys_that_move_and_step_keep_their_order() -> None:
    session, app = paused_app()
    async with on_screen(app) as pilot:
        type_at_once(app, '3sjs4ss')
        await until(pilot, lambda: len(lasting(session)) == 4)
        assert main_screen(app).arrangement.active == 'Result'


async def test_a_key_that_leads_nowhere_holds_up_those_behind_it_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What takes a key may be gone before it has passed on what follows the key.
    monkeypatch.setattr(GuardedApp, 'on_key_mark', lambda app, mark: mark.stop())
    monkeypatch.setattr(typing_ahead, '_PATIENCE', 0.05)
    session, app = paused_app()
    async with on_screen(app) as pilot:
        type_at_once(app, '3ss')
        await until(pilot, lambda: len(lasting(session)) == 2)
        assert main_screen(app).arrangement.active == 'State'
