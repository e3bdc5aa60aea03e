"""The list of breakpoints: what keys and the mouse ask for, and what is said of a wrong one."""

from __future__ import annotations

from typing import get_args

import pytest
from scenes import BREAKPOINTS, CALLS_SIDE_BY_SIDE
from snapshots import assert_snapshot, screen_text
from stage import PlayedSession, main_screen, played_app, settled, until
from textual.pilot import Pilot
from textual.widgets import Input

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import SetBreakpoints
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.present.breakpoint_text import GRAMMAR
from pydantic_ai_debug.tui.screens.breakpoints import BreakpointsScreen
from pydantic_ai_debug.tui.screens.main import MainScreen
from pydantic_ai_debug.tui.widgets.entry_list import EntryList

SIZES = [(120, 36), (80, 24)]
TWO = (Breakpoint('End'), Breakpoint('tool:x if y'))


def played(breakpoints: tuple[Breakpoint, ...]) -> PlayedSession:
    session = PlayedSession()
    session.report(*CALLS_SIDE_BY_SIDE, ev.BreakpointsSet(breakpoints))
    return session


async def opened(pilot: Pilot[int]) -> None:
    await settled(pilot)
    await pilot.press('B')
    await until(pilot, lambda: isinstance(pilot.app.screen, BreakpointsScreen))
    await settled(pilot)


def sent(session: PlayedSession) -> list[tuple[Breakpoint, ...]]:
    return [command.breakpoints for command in session.sent if isinstance(command, SetBreakpoints)]


@pytest.mark.parametrize(
    ('keys', 'wanted'),
    [
        (['space'], (Breakpoint('End', False), TWO[1])),
        (['space', 'space'], TWO),
        (['down', 'd'], TWO[:1]),
        (['d', 'delete'], ()),
        (['down', 'o'], (TWO[0], Breakpoint('tool:x if y once'))),
        (['o', 'o'], TWO),
        (['a', *'error', 'enter'], (*TWO, Breakpoint('error'))),
        (['a', *' tool:b:after  x2', 'enter'], (*TWO, Breakpoint('tool:b:after x2'))),
        (['enter', 'end', *' x3', 'enter'], (Breakpoint('End x3'), TWO[1])),
        (['j', 'enter', 'end', *'z', 'enter'], (TWO[0], Breakpoint('tool:x if yz'))),
    ],
)
async def test_keys_ask_for_the_whole_list_anew(keys: list[str], wanted: tuple[Breakpoint, ...]) -> None:
    session = played(TWO)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press(*keys)
        await until(pilot, lambda: sent(session)[-1:] == [wanted])


async def test_what_is_drawn_is_what_the_child_has_in_force() -> None:
    session = played(TWO)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        session.report(ev.BreakpointsSet((Breakpoint('[bold]', False),)))
        await until(pilot, lambda: '□ [bold]   off' in screen_text(app))
        await pilot.press('escape')
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        assert main_screen(app).situation.breakpoints == (Breakpoint('[bold]', False),)


async def test_a_wrong_one_is_marked_under_the_place_and_can_be_mended_or_left() -> None:
    session = played(())
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press('a', *'tool:x:during', 'enter')
        await until(pilot, lambda: 'after the name of a tool comes nothing' in screen_text(app))
        lines = screen_text(app).splitlines()
        number = next(number for number, line in enumerate(lines) if 'tool:x:during' in line)
        assert lines[number + 1].index('^') == lines[number].index('during')
        await pilot.press('x')
        await until(pilot, lambda: 'after the name of a tool' not in screen_text(app))
        await pilot.press('escape')
        await until(pilot, lambda: not isinstance(app.screen.focused, Input))
        assert isinstance(app.screen, BreakpointsScreen)
        assert sent(session) == []


async def test_what_is_typed_in_one_breath_with_the_key_that_adds_goes_into_the_field() -> None:
    session = played(TWO)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        # As a terminal does: keys come in without waiting for what the one before has done.
        for key in 'atool:area':
            app.simulate_key(key)
        await until(pilot, lambda: app.screen.query_one(Input).value == 'tool:area')


async def test_one_that_is_there_is_not_added_again() -> None:
    session = played(TWO)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.press('a', *'End', 'enter')
        await until(pilot, lambda: 'End is in the list already' in screen_text(app))
        assert sent(session) == []


async def test_an_empty_list_says_what_a_breakpoint_is_and_how_to_set_one() -> None:
    app = played_app(played(()))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert 'A breakpoint stops a run where you want to look' in screen_text(app)
        assert 'b on a row of Graph sets one there; a adds any other' in screen_text(app)
        await pilot.press('space', 'd', 'o', 'enter', 'escape')
        await until(pilot, lambda: isinstance(app.screen, MainScreen))


async def test_the_mouse_does_what_the_keys_do() -> None:
    session = played(TWO)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot)
        await pilot.click(EntryList, offset=(1, 1))
        await until(pilot, lambda: sent(session) == [(TWO[0], Breakpoint('tool:x if y', False))])
        await pilot.click(EntryList, offset=(8, 1), times=2)
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        assert app.screen.query_one(Input).value == 'tool:x if y'
        await pilot.press('escape')
        await settled(pilot)
        await click_word(pilot, app, 'add')
        await until(pilot, lambda: isinstance(app.screen.focused, Input))


async def click_word(pilot: Pilot[int], app: DebuggerApp, word: str) -> None:
    """Click a word of the dialog's own line of keys."""
    lines = screen_text(app).splitlines()
    row = next(row for row, line in enumerate(lines) if 'a add  space on/off' in line)
    await pilot.click(offset=(lines[row].index(f'a {word}') + 2, row))


def test_the_help_below_the_field_names_every_kind() -> None:
    from pydantic_ai_debug.protocol.breakpoints import BreakpointKind

    said = ' '.join(f'{kind} {meaning}' for kind, meaning in GRAMMAR)
    words = {'node': 'ModelRequestNode', 'tool_after': ':after'}
    assert [kind for kind in get_args(BreakpointKind) if words.get(kind, kind) not in said] == []


@pytest.mark.parametrize('size', SIZES, ids=lambda size: f'{size[0]}x{size[1]}')
async def test_the_list_as_it_is_drawn(size: tuple[int, int]) -> None:
    app = played_app(played(BREAKPOINTS))
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        assert_snapshot(app, f'breakpoints-{size[0]}x{size[1]}')


@pytest.mark.parametrize('size', SIZES, ids=lambda size: f'{size[0]}x{size[1]}')
async def test_the_field_as_it_is_drawn(size: tuple[int, int]) -> None:
    app = played_app(played(BREAKPOINTS))
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        app.screen.query_one(Input).cursor_blink = False
        await pilot.press('a', *'tool:x if (', 'enter')
        await settled(pilot)
        assert_snapshot(app, f'breakpoint-field-{size[0]}x{size[1]}')
