"""Going back from the keyboard: what is asked of the child, and what the branches look like."""

from __future__ import annotations

import pytest
from snapshots import assert_snapshot, screen_text
from stage import PlayedSession, played_app, settled, until

from pydantic_ai_debug.model.selectors import RowKey
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Rewind
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.tui.screens.rewind import RewindScreen
from pydantic_ai_debug.tui.widgets.graph_rows import GraphRows

RESPONSE = {
    'kind': 'response',
    'parts': [{'part_kind': 'text', 'content': 'Sunny.'}],
    'usage': {'input_tokens': 812, 'output_tokens': 143},
}
START: tuple[Event, ...] = (
    ev.Hello(1, '3.11.7', '2.68.0', 'trip.py', ()),
    ev.PhaseChanged('running'),
    ev.RunStarted('r1', None, None, 'trip_agent', 'gpt-5.2', 'Plan a weekend'),
    ev.Stopped('r1', 0, 'boundary', 'UserPromptNode'),
)
REQUESTED: tuple[Event, ...] = (
    *START,
    ev.Resumed('r1', 0, 'boundary'),
    ev.NodeStarted('r1', 0, 'UserPromptNode'),
    ev.NodeFinished('r1', 0, 'UserPromptNode', 0.001, 'ModelRequestNode'),
    ev.NodeStarted('r1', 1, 'ModelRequestNode'),
    ev.Messages('r1', 1, [RESPONSE], False, 0),
    ev.State('r1', 1, usage={'requests': 1, 'input_tokens': 812, 'output_tokens': 143}, run_step=1),
    ev.NodeFinished('r1', 1, 'ModelRequestNode', 1.4, 'CallToolsNode'),
)
BEFORE_TOOLS: tuple[Event, ...] = (*REQUESTED, ev.Stopped('r1', 2, 'boundary', 'CallToolsNode'))
AFTER_TOOLS: tuple[Event, ...] = (
    *REQUESTED,
    ev.Stopped('r1', 2, 'boundary', 'CallToolsNode', spec='CallToolsNode'),
    ev.Resumed('r1', 2, 'boundary'),
    ev.NodeStarted('r1', 2, 'CallToolsNode'),
    ev.ToolStarted('r1', 2, 'c1', 'get_weather', {'city': 'Paris', 'day': '2026-11-27'}),
    ev.ToolFinished('r1', 2, 'c1', 'get_weather', {'city': 'Paris', 'day': '2026-11-27'}, 'returned', 'sunny', 0.5),
    ev.ToolStarted('r1', 2, 'c2', 'book', {'hotel': '[bold]Ritz'}),
    ev.ToolFinished('r1', 2, 'c2', 'book', {'hotel': '[bold]Ritz'}, 'returned', {'id': 7}, 0.1),
    ev.NodeFinished('r1', 2, 'CallToolsNode', 0.5, 'ModelRequestNode'),
    ev.Stopped('r1', 3, 'boundary', 'ModelRequestNode'),
)
ON_THE_NEW_BRANCH: tuple[Event, ...] = (
    *AFTER_TOOLS,
    ev.Resumed('r1', 3, 'boundary'),
    ev.Rewound('r1', 4, 1, {}, left=('deps.client (AsyncClient)',)),
    ev.Messages('r1', 4, [], True, 0),
    ev.State('r1', 4, usage={}, run_step=0),
    ev.Stopped('r1', 4, 'boundary', 'ModelRequestNode'),
)


async def test_a_run_goes_back_at_once_where_no_tool_has_run() -> None:
    session = PlayedSession()
    async with played_app(session).run_test(size=(120, 36)) as pilot:
        session.report(*BEFORE_TOOLS)
        await until(pilot, lambda: 'paused before CallToolsNode' in screen_text(pilot.app))
        await pilot.press('N')
        await until(pilot, lambda: session.sent == [Rewind('r1', 1)])
        await pilot.press('home', 'down', 'down', 'u')
        await until(pilot, lambda: session.sent == [Rewind('r1', 1), Rewind('r1', 0)])


async def test_where_tools_have_run_it_is_asked_which_of_them_run_again() -> None:
    session = PlayedSession()
    async with played_app(session).run_test(size=(120, 36)) as pilot:
        session.report(*AFTER_TOOLS)
        await until(pilot, lambda: 'paused before ModelRequestNode' in screen_text(pilot.app))
        await pilot.press('C')
        await until(pilot, lambda: isinstance(pilot.app.screen, RewindScreen))
        await pilot.press('down', 'space')
        await settled(pilot)
        shown = screen_text(pilot.app)
        assert 'reuse      get_weather(city="Paris", day="2026-11-27")' in shown
        assert 'run again  book(hotel="[bold]Ritz")' in shown
        assert '→ {"id": 7}' in shown
        assert_snapshot(pilot.app, 'rewind-effects-120x36')
        await pilot.press('enter')
        await until(pilot, lambda: session.sent == [Rewind('r1', 2, ('c2',))])
        await pilot.press('N')
        await until(pilot, lambda: isinstance(pilot.app.screen, RewindScreen))
        await pilot.press('a', 'a', 'escape')
        await settled(pilot)
        assert len(session.sent) == 1


@pytest.mark.parametrize('size', [(120, 36), (80, 24)])
async def test_what_was_undone_stays_as_a_branch_that_can_be_looked_at_and_gone_back_to(size: tuple[int, int]) -> None:
    session = PlayedSession()
    async with played_app(session).run_test(size=size) as pilot:
        session.report(*ON_THE_NEW_BRANCH)
        await until(pilot, lambda: 'branch 1' in screen_text(pilot.app))
        await until(pilot, lambda: 'as they are now: deps.client (AsyncClient)' in screen_text(pilot.app))
        await pilot.press('home', 'down', 'down', 'down', 'right', 'down')
        await settled(pilot)
        assert_snapshot(pilot.app, f'branch-{size[0]}x{size[1]}')
        await pilot.press('up', 'u')
        await until(pilot, lambda: isinstance(pilot.app.screen, RewindScreen) or bool(session.sent))
        assert session.sent == [Rewind('r1', 3)]


async def test_what_is_found_on_a_folded_branch_is_pointed_at_by_the_branch() -> None:
    session = PlayedSession()
    async with played_app(session).run_test(size=(120, 36)) as pilot:
        session.report(*ON_THE_NEW_BRANCH)
        await until(pilot, lambda: 'branch 1' in screen_text(pilot.app))
        rows = pilot.app.screen.query_one(GraphRows)
        await pilot.press('slash', *'Ritz')
        await until(pilot, lambda: 'in the session' in screen_text(pilot.app))
        await pilot.press('down')
        await until(pilot, lambda: rows.row_at_cursor.key == RowKey('r1', branch=1))


async def test_at_a_breakpoint_the_one_before_it_is_another() -> None:
    session = PlayedSession()
    async with played_app(session).run_test(size=(120, 36)) as pilot:
        session.report(
            *AFTER_TOOLS,
            ev.Resumed('r1', 3, 'boundary'),
            ev.NodeStarted('r1', 3, 'ModelRequestNode'),
            ev.NodeFinished('r1', 3, 'ModelRequestNode', 1.4, 'CallToolsNode'),
            ev.NodeStarted('r1', 4, 'CallToolsNode'),
            ev.ToolStarted('r1', 4, 'c3', 'book', {'hotel': 'Ibis'}),
            ev.Stopped('r1', 4, 'tool', 'book', call='c3', spec='tool:book'),
        )
        await until(pilot, lambda: 'paused before book' in screen_text(pilot.app))
        await pilot.press('C')
        await until(pilot, lambda: isinstance(pilot.app.screen, RewindScreen))
        await pilot.press('enter')
        await until(pilot, lambda: bool(session.sent))
        assert session.sent == [Rewind('r1', 2)]


async def test_why_a_run_cannot_go_back_is_said() -> None:
    session = PlayedSession()
    async with played_app(session).run_test(size=(120, 36)) as pilot:
        session.report(*START)
        await until(pilot, lambda: 'paused before UserPromptNode' in screen_text(pilot.app))
        await pilot.press('N')
        assert 'nothing before it' in screen_text(pilot.app)
        await pilot.press('u')
        assert 'It waits there already' in screen_text(pilot.app)
        await pilot.press('C')
        assert 'No breakpoint was hit before' in screen_text(pilot.app)
        session.report(ev.RewindRefused('r1', 1, 'the program reads this stream [itself]'))
        await until(
            pilot, lambda: 'It cannot go back: the program reads this stream [itself]' in screen_text(pilot.app)
        )
        assert not session.sent
