"""Which stop a key is for, and how the places where runs wait are seen."""

from __future__ import annotations

import pytest
from scenes import BEFORE_CALLS, BREAKPOINTS, CALLS_SIDE_BY_SIDE, STREAM_HELD
from snapshots import assert_snapshot, screen_text
from stage import PlayedSession, main_screen, played_app, settled, until

from pydantic_ai_debug.model.selectors import RowKey
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import (
    Command,
    RunTo,
    SerializeTools,
    SetBreakpoints,
    StepInto,
    StepOut,
    StepOver,
)
from pydantic_ai_debug.tui.widgets.graph_rows import GraphRows

SIZES = [(120, 36), (80, 24)]


def played(events: tuple[ev.Event, ...]) -> PlayedSession:
    session = PlayedSession()
    session.report(*events)
    return session


@pytest.mark.parametrize(
    ('key', 'command'),
    [
        *((key, StepOver('r1', 'c2')) for key in ('n', 'space', 'f10')),
        *((key, StepInto('r1', 'c2')) for key in ('s', 'f11')),
        *((key, StepOut('r1', 'c2')) for key in ('r', 'shift+f11')),
    ],
)
async def test_a_step_is_for_the_newest_stop_unless_another_one_is_selected(key: str, command: Command) -> None:
    session = played(CALLS_SIDE_BY_SIDE)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        assert session.sent == [command]


async def test_of_calls_that_wait_side_by_side_the_selected_one_is_let_go_alone() -> None:
    session = played(CALLS_SIDE_BY_SIDE)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('up', 'n', 'up')
        await until(pilot, lambda: main_screen(app).situation.selected == RowKey('r1', 2))
        await pilot.press('s')
        assert session.sent == [StepOver('r1', 'c1'), StepInto('r1', 'c2')], 'of a node, the newest stop is meant'


async def test_after_a_step_the_selection_goes_along_to_the_next_stop_if_it_was_at_the_one_before() -> None:
    session = played(CALLS_SIDE_BY_SIDE)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('up', 'n')
        await until(pilot, lambda: session.sent == [StepOver('r1', 'c1')])
        session.report(ev.Resumed('r1', 2, 'tool', 'c1'))
        await until(pilot, lambda: main_screen(app).situation.selected == RowKey('r1', 2, 'c2'))
        await pilot.press('home', 'n')
        await until(pilot, lambda: session.sent[1:] == [StepOver('r1', 'c2')])
        session.report(ev.Resumed('r1', 2, 'tool', 'c2'), ev.Stopped('r1', 2, 'tool', 'find_flights', 'c2', after=True))
        await settled(pilot)
        assert main_screen(app).situation.selected == RowKey(), 'what else was looked at stays'


async def test_the_header_names_the_stop_that_a_step_is_for() -> None:
    app = played_app(played(CALLS_SIDE_BY_SIDE))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert 'paused before find_flights' in screen_text(app)
        await pilot.press('up')
        await until(pilot, lambda: 'paused after get_weather' in screen_text(app))
        await pilot.press('home')
        await until(pilot, lambda: 'paused before find_flights' in screen_text(app))


async def test_of_a_call_the_stop_of_the_sub_agent_that_it_started_is_meant() -> None:
    session = played(STREAM_HELD)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        app.screen.query_one(GraphRows).select(RowKey('r1', 2, 'c3'))
        await until(pilot, lambda: main_screen(app).situation.selected.call == 'c3')
        await pilot.press('r')
        assert session.sent == [StepOut('r2')]


async def test_a_row_of_a_run_that_does_not_wait_steps_the_newest_stop_of_all() -> None:
    session = played(STREAM_HELD)
    session.report(ev.RunStarted('r3', None, None, 'other', 'test', ''), ev.NodeStarted('r3', 0, 'UserPromptNode'))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        app.screen.query_one(GraphRows).select(RowKey('r3', 0))
        await until(pilot, lambda: main_screen(app).situation.selected == RowKey('r3', 0))
        await pilot.press('n')
        assert session.sent == [StepOver('r2')]


async def test_t_runs_to_a_row_that_is_still_to_come_and_says_of_others_why_not() -> None:
    session = played(BEFORE_CALLS)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('t')
        await until(pilot, lambda: 'It waits there already' in screen_text(app))
        await pilot.press('up', 't')
        await until(pilot, lambda: 'It has run already' in screen_text(app))
        await pilot.press('home', 't')
        await until(pilot, lambda: 'still to come, to run to it' in screen_text(app))
        await pilot.press('f')
        await until(pilot, lambda: main_screen(app).situation.following)
        await pilot.press('down', 'down', 't')
        assert session.sent == [RunTo('r1', 2, 'c2')]


async def test_t_says_of_a_row_that_runs_that_it_does() -> None:
    session = played(STREAM_HELD)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        app.screen.query_one(GraphRows).select(RowKey('r1', 2))
        await until(pilot, lambda: not main_screen(app).situation.following)
        await pilot.press('t')
        await until(pilot, lambda: 'It runs already' in screen_text(app))
        app.screen.query_one(GraphRows).select(RowKey('r1', 2, 'c1'))
        await until(pilot, lambda: main_screen(app).situation.selected.call == 'c1')
        await pilot.press('t')
        await until(pilot, lambda: 'It has begun already' in screen_text(app))
        assert session.sent == []


async def test_a_breakpoint_is_toggled_on_the_selected_row_and_drawn_once_the_child_has_it() -> None:
    session = played(BEFORE_CALLS)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('up', 'b')
        await until(pilot, lambda: 'Breakpoint ModelRequestNode' in screen_text(app))
        wanted = (*BREAKPOINTS, Breakpoint('ModelRequestNode'))
        assert session.sent == [SetBreakpoints(wanted)]
        assert '■ ModelRequestNode' not in screen_text(app)
        session.report(ev.BreakpointsSet(wanted))
        await until(pilot, lambda: '■ ModelRequestNode' in screen_text(app))
        await pilot.press('f9')
        assert session.sent[1:] == [SetBreakpoints(BREAKPOINTS)]
        await until(pilot, lambda: 'Removed breakpoint ModelRequestNode' in screen_text(app))


async def test_two_breakpoints_set_before_the_child_answers_are_both_kept() -> None:
    session = played(BEFORE_CALLS)
    session.report(ev.BreakpointsSet(()))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('b', 'down', 'b')
        expected = (Breakpoint('CallToolsNode'), Breakpoint('tool:get_weather'))
        await until(pilot, lambda: session.sent[-1:] == [SetBreakpoints(expected)])


async def test_breakpoints_set_after_the_end_are_those_of_the_next_start() -> None:
    session, fresh = played(BEFORE_CALLS), PlayedSession()
    app = played_app(session, lambda: fresh)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        session.report(ev.RunFinished('r1', 'Bye', {}, None), ev.Exited(0))
        session.ended = True
        await settled(pilot)
        app.screen.query_one(GraphRows).select(RowKey('r1', 1))
        await until(pilot, lambda: main_screen(app).situation.selected == RowKey('r1', 1))
        await pilot.press('b')
        await until(pilot, lambda: '■ ModelRequestNode' in screen_text(app))
        wanted = (*BREAKPOINTS, Breakpoint('ModelRequestNode'))
        assert app.store.breakpoints == wanted
        await pilot.press('R')
        await until(pilot, lambda: app.session is fresh)  # type: ignore[comparison-overlap]
        await settled(pilot)
        assert main_screen(app).situation.breakpoints == wanted


async def test_what_the_child_changes_of_the_breakpoints_is_kept() -> None:
    session = played(BEFORE_CALLS)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert app.store.breakpoints == BREAKPOINTS
        session.report(ev.BreakpointsSet((Breakpoint('error once', False),)))
        await until(pilot, lambda: app.store.breakpoints == (Breakpoint('error once', False),))


async def test_tool_calls_are_serialised_by_a_switch() -> None:
    session = played(BEFORE_CALLS)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('S')
        assert session.sent == [SerializeTools(True)]
        session.report(ev.ToolsSerialized(True))
        await until(pilot, lambda: 'one after the other from now on' in screen_text(app))
        await pilot.press('S')
        assert session.sent == [SerializeTools(True), SerializeTools(False)]


@pytest.mark.parametrize(
    ('events', 'words'),
    [
        (BEFORE_CALLS, 'paused before CallToolsNode'),
        (CALLS_SIDE_BY_SIDE[:-2], 'paused after get_weather'),
        (CALLS_SIDE_BY_SIDE, 'paused before find_flights'),
        (STREAM_HELD, 'paused in ModelRequestNode'),
    ],
)
async def test_the_header_says_at_what_the_run_is_paused(events: tuple[ev.Event, ...], words: str) -> None:
    app = played_app(played(events))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert words in screen_text(app).splitlines()[0]


async def test_each_call_that_waits_says_so_and_what_it_returned_is_seen() -> None:
    app = played_app(played(CALLS_SIDE_BY_SIDE))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert sum('paused' in line for line in screen_text(app).splitlines()[1:]) == 3
        await pilot.press('up')
        await until(pilot, lambda: 'returned, waits to be let go' in screen_text(app))
        assert 'sunny' in screen_text(app)


async def test_the_stream_says_that_it_follows_only_while_there_is_more_than_is_seen() -> None:
    app = played_app(played(CALLS_SIDE_BY_SIDE))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert 'following' not in screen_text(app)
        await pilot.resize_terminal(120, 18)
        await until(pilot, lambda: 'following' in screen_text(app))
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: 'following' not in screen_text(app))


async def test_the_whole_stack_down_to_a_sub_agent_is_read_in_one_line() -> None:
    session = played(STREAM_HELD)
    session._time += 1
    app = played_app(session)
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        stack = 'trip_agent › CallToolsNode › research_city › city_expert › ModelRequestNode'
        assert stack in screen_text(app)
        await pilot.resize_terminal(110, 36)
        await until(pilot, lambda: '… research_city › city_expert › ModelRequestNode' in screen_text(app))


@pytest.mark.parametrize('size', SIZES, ids=lambda size: f'{size[0]}x{size[1]}')
async def test_calls_that_wait_side_by_side_as_they_are_drawn(size: tuple[int, int]) -> None:
    app = played_app(played(CALLS_SIDE_BY_SIDE))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert_snapshot(app, f'calls-{size[0]}x{size[1]}')
