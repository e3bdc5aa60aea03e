"""A request that differs from the recorded one, on the screen: both sides, what differs, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hostile import PAYLOADS, RAW_CONTROL
from snapshots import assert_snapshot, screen_text
from stage import PlayedSession, main_screen, played_app, settled, until
from textual.pilot import Pilot

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Command, GoLive, StepOver, UseRecorded
from pydantic_ai_debug.tui.present.divergence_text import NOTHING_RECORDED, side_text
from pydantic_ai_debug.tui.present.word_diff import side_by_side
from pydantic_ai_debug.tui.screens.answer import AnswerScreen
from pydantic_ai_debug.tui.screens.divergence import DivergenceScreen
from pydantic_ai_debug.tui.screens.main import MainScreen

SIZES = ((120, 36), (80, 24))


def prompted(content: object) -> dict[str, object]:
    return {'messages': [{'kind': 'request', 'parts': [{'part_kind': 'user-prompt', 'content': content}]}]}


RECORDED = {'instructions': 'Be brief.', **prompted('What should I pack for a weekend in Paris?')}
ASKED = {'instructions': 'Be kind.', **prompted('What should I pack for a week in Paris?')}
DIVERGED = ev.Diverged('r1', 1, 'changed', RECORDED, ASKED, 0)
STOPPED = ev.Stopped('r1', 1, 'divergence', 'ModelRequestNode', answers=('response',), retries=True)


def diverging(diverged: ev.Diverged = DIVERGED) -> PlayedSession:
    session = PlayedSession()
    session.report(
        ev.Hello(1, '3.11.7', '2.68.0', 'trip.py', ()),
        ev.ReplaySwitched(True),
        ev.RunStarted('r1', None, None, 'trip_agent', 'gpt-5.2', 'x'),
        ev.NodeStarted('r1', 0, 'UserPromptNode'),
        ev.NodeFinished('r1', 0, 'UserPromptNode', 0.001, 'ModelRequestNode'),
        ev.NodeStarted('r1', 1, 'ModelRequestNode'),
        diverged,
        STOPPED,
    )
    return session


async def shown(pilot: Pilot[int]) -> DivergenceScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, DivergenceScreen))
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, DivergenceScreen)
    return screen


@pytest.mark.parametrize('size', SIZES, ids=lambda size: f'{size[0]}x{size[1]}')
async def test_both_sides_are_shown_of_themselves_with_what_differs(size: tuple[int, int]) -> None:
    app = played_app(diverging())
    async with app.run_test(size=size) as pilot:
        await shown(pilot)
        text = screen_text(app)
        assert 'Be brief.' in text
        assert 'Be kind.' in text
        assert 'live from here on' in text
        assert_snapshot(app, f'divergence-{size[0]}x{size[1]}')


DECISIONS: list[tuple[str, Command]] = [
    ('n', StepOver('r1')),
    ('f10', StepOver('r1')),
    ('o', UseRecorded('r1')),
    ('L', GoLive('r1')),
]


@pytest.mark.parametrize(('key', 'command'), DECISIONS, ids=[key for key, _ in DECISIONS])
@pytest.mark.parametrize('from_main', [False, True], ids=['there', 'from the main screen'])
async def test_a_key_decides(key: str, command: Command, from_main: bool) -> None:
    session = diverging()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        if from_main:
            await pilot.press('escape')
            await until(pilot, lambda: isinstance(app.screen, MainScreen))
        await pilot.press(key)
        await until(pilot, lambda: command in session.sent)
        await until(pilot, lambda: isinstance(app.screen, MainScreen))


async def test_it_is_answered_by_hand() -> None:
    app = played_app(diverging())
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press('x')
        await until(pilot, lambda: isinstance(app.screen, AnswerScreen))


async def test_it_comes_once_and_again_at_a_key_also_when_it_is_decided() -> None:
    session = diverging()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        await pilot.press('escape')
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        await until(pilot, lambda: 'not as recorded' in screen_text(app))
        session.report(ev.Output('stdout', 'x'))
        await settled(pilot)
        assert isinstance(app.screen, MainScreen)

        session.report(ev.Resumed('r1', 1, 'divergence'), ev.Reused('r1', 1, None, 'recording'))
        await until(pilot, lambda: '⟲' in screen_text(app))
        await pilot.press('v')
        screen = await shown(pilot)
        assert 'live from here on' not in screen_text(app)
        await pilot.press('o')
        assert app.screen is screen
        assert session.sent == []


async def test_without_a_recorded_answer_none_is_offered() -> None:
    session = diverging(ev.Diverged('r1', 1, 'beyond', None, ASKED, 0, answered=False))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        text = screen_text(app)
        assert 'asks nothing more' in text
        assert 'as recorded   ' not in text
        await pilot.press('o')
        await until(pilot, lambda: 'no answer to use' in screen_text(app))
        assert session.sent == []


async def test_a_divergence_that_is_over_says_so() -> None:
    session = diverging()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        session.report(ev.Resumed('r1', 1, 'divergence'))
        await until(pilot, lambda: 'The run has gone on' in screen_text(app))
        await pilot.press('n', 'o', 'L')
        assert session.sent == []


async def test_the_header_says_that_a_recording_answers_until_it_does_no_more() -> None:
    session = diverging()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot)
        assert '  replay ' in screen_text(app).splitlines()[0]
        session.report(ev.ReplaySwitched(False))
        await until(pilot, lambda: '  replay ' not in screen_text(app).splitlines()[0])
        assert not main_screen(app).situation.state.replays


def in_groups() -> Iterator[list[str]]:
    """Hostile texts that are seen at once: short ones together, others alone."""
    short = [text for text in PAYLOADS.values() if len(text) < 100]
    yield from (short[start : start + 5] for start in range(0, len(short), 5))
    yield from ([text] for text in PAYLOADS.values() if len(text) >= 100)


async def test_what_models_and_people_write_is_drawn_literally() -> None:
    session = diverging()
    app = played_app(session)
    async with app.run_test(size=(120, 60)) as pilot:
        await shown(pilot)
        for node, texts in enumerate(in_groups(), 2):
            await pilot.press('escape')
            await until(pilot, lambda: isinstance(app.screen, MainScreen))
            parts = [{'part_kind': 'user-prompt', 'content': text} for text in texts]
            recorded = {'messages': [{'kind': 'request', 'parts': parts}]}
            diverged = ev.Diverged('r1', node, 'changed', recorded, prompted('x'), 0)
            session.report(
                ev.Resumed('r1', node - 1, 'divergence'),
                ev.NodeStarted('r1', node, 'ModelRequestNode'),
                diverged,
                replace(STOPPED, node=node),
            )
            screen = await shown(pilot)
            assert screen._diverged == diverged
            assert not any(RAW_CONTROL.search(line) for line in screen_text(app).splitlines()), texts


def test_each_side_marks_its_own_words() -> None:
    left, right = side_by_side('a weekend in Paris', 'a week in Paris')

    assert [span.text for span in left if span.style == 'removed'] == ['weekend']
    assert [span.text for span in right if span.style == 'added'] == ['week']
    assert ''.join(span.text for span in left) == 'a weekend in Paris'
    assert ''.join(span.text for span in right) == 'a week in Paris'


def test_a_side_is_written_part_by_part() -> None:
    call = {'part_kind': 'tool-call', 'tool_name': 'add', 'args': {'a': 1}, 'call': '1.0'}
    text = side_text({'tools': [], 'messages': [{'kind': 'response', 'parts': [call]}, 'odd']})

    assert text.splitlines()[:2] == ['── tools', '[]']
    assert '── tool-call add' in text
    assert '"a": 1' in text
    assert 'odd' in text
    assert side_text(None) == NOTHING_RECORDED
