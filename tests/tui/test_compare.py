"""Branches side by side, as they are drawn."""

from __future__ import annotations

import pytest
from snapshots import assert_snapshot, screen_text
from stage import PlayedSession, played_app, settled, until
from test_rewinding import ON_THE_NEW_BRANCH

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.tui.screens.compare import CompareScreen
from pydantic_ai_debug.tui.screens.main import MainScreen

ANSWERED: tuple[Event, ...] = (
    *ON_THE_NEW_BRANCH,
    ev.Resumed('r1', 4, 'boundary'),
    ev.NodeStarted('r1', 4, 'ModelRequestNode'),
    ev.Messages(
        'r1', 4, [{'kind': 'response', 'parts': [{'part_kind': 'text', 'content': 'Sunny, [bold]but cold.'}]}], False, 0
    ),
    ev.NodeFinished('r1', 4, 'ModelRequestNode', 1.0, 'CallToolsNode'),
    ev.Stopped('r1', 5, 'boundary', 'CallToolsNode'),
)


@pytest.mark.parametrize('size', [(120, 36), (80, 24)])
async def test_a_branch_is_compared_with_the_one_that_counts(size: tuple[int, int]) -> None:
    session = PlayedSession()
    async with played_app(session).run_test(size=size) as pilot:
        session.report(*ANSWERED)
        await until(pilot, lambda: 'paused before CallToolsNode' in screen_text(pilot.app))
        await pilot.press('d')
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
        await settled(pilot)
        shown = screen_text(pilot.app)
        assert 'First difference: message 0, response: text.' in shown
        assert 'Sunny, [bold]but cold.' in shown
        assert_snapshot(pilot.app, f'compare-{size[0]}x{size[1]}')
        await pilot.press('n', 'N', 'j', 'escape')
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen))


async def test_without_a_branch_it_is_said_how_one_comes_to_be() -> None:
    session = PlayedSession()
    async with played_app(session).run_test(size=(120, 36)) as pilot:
        session.report(*ON_THE_NEW_BRANCH[:6])
        await until(pilot, lambda: 'UserPromptNode' in screen_text(pilot.app))
        await pilot.press('d')
        assert 'Only a run that went back has branches to compare' in screen_text(pilot.app)
