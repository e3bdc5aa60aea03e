"""What the line above the keys says of stops and traps, and the page of hints."""

from __future__ import annotations

from typing import get_args

import pytest
from scenes import BEFORE_CALLS, BREAKPOINTS, CALLS_SIDE_BY_SIDE, STREAM_HELD
from snapshots import screen_text
from stage import PlayedSession, main_screen, played_app, settled, until
from textual.widgets import Input

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import HintName
from pydantic_ai_debug.tui.screens.hints import HINT_TITLES, HintsScreen

REPEATED = ev.Hint('r1', 1, 'repeated_call', 'get_weather was called twice [/b] with the same arguments')


def played(*events: ev.Event) -> PlayedSession:
    session = PlayedSession()
    session.report(*events)
    return session


def line_above_the_keys(text: str) -> str:
    return text.splitlines()[-2]


async def test_the_breakpoint_that_was_hit_is_named_and_why_its_condition_failed() -> None:
    app = played_app(played(*CALLS_SIDE_BY_SIDE))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        line = line_above_the_keys(screen_text(app))
        assert 'breakpoint tool:find_flights if args["or…' in line
        assert "its condition failed: KeyError: 'origin'" in line
        await pilot.press('home')
        await until(pilot, lambda: 'following off' in screen_text(app))
        await pilot.press('f')
        await until(pilot, lambda: 'breakpoint tool:find' in line_above_the_keys(screen_text(app)))


async def test_a_breakpoint_whose_condition_could_be_evaluated_is_named_whole() -> None:
    stop = ev.Stopped('r1', 2, 'tool', 'find_flights', 'c2', spec=BREAKPOINTS[0].spec)
    app = played_app(played(*CALLS_SIDE_BY_SIDE[:-1], stop))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert f'breakpoint {BREAKPOINTS[0].spec}' in line_above_the_keys(screen_text(app))


@pytest.mark.parametrize('size', [(80, 24), (120, 36)])
async def test_an_error_that_a_run_waits_at_is_said_whatever_pane_is_seen(size: tuple[int, int]) -> None:
    error = ev.ErrorInfo('shop.OutOfStock', 'no [/b] tea', 'Traceback ...')
    stop = ev.Stopped('r1', 2, 'error', 'find_flights', 'c2', error=error)
    app = played_app(played(*CALLS_SIDE_BY_SIDE[:-1], stop))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert 'OutOfStock: no [/b] tea' in line_above_the_keys(screen_text(app))


async def test_for_how_long_a_stream_is_held_is_said_each_second() -> None:
    session = played(*STREAM_HELD)
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert 'stream held' not in screen_text(app), 'that says nothing yet'
        session._time += 1
        await until(pilot, lambda: 'stream held for 1 s, the provider may give up' in screen_text(app))
        session._time += 11
        await until(pilot, lambda: 'stream held for 12 s, the provider may give up' in screen_text(app))
        session._time += 60
        await until(pilot, lambda: 'stream held for 1 m 12 s' in screen_text(app))


async def test_what_the_script_asks_between_runs_is_said_and_the_key_that_answers_it() -> None:
    session = played(ev.Hello(1, '3.11.7', '2.68.0', 'chat.py', ()), ev.PhaseChanged('running'))
    app = played_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        session.report(ev.Output('stdout', 'Hello\nWho are [/b]you? '))
        await settled(pilot)
        assert 'Who are [/b]you?  6 answers it' in line_above_the_keys(screen_text(app))
        await pilot.press('6')
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        await pilot.press(*'Ada', 'enter')
        await until(pilot, lambda: session.typed == ['Ada\n'])
        assert 'answers it' not in screen_text(app)
        session.report(ev.Output('stdout', 'And your age? '))
        await until(pilot, lambda: 'And your age?  6 answers it' in line_above_the_keys(screen_text(app)))


@pytest.mark.parametrize(
    'events',
    [
        [ev.Output('stdout', 'all of a line\n')],
        [ev.Output('stdout', '\n  ')],
        [ev.Output('stderr', 'a warning without an end')],
        [ev.RunStarted('r1', None, None, 'a', 'm', 'Go'), ev.Output('stdout', 'a word of an answer')],
        [ev.Output('stdout', 'the last words'), ev.Exited(0)],
    ],
    ids=['whole', 'blank', 'stderr', 'in a run', 'ended'],
)
async def test_what_asks_nothing_is_no_question(events: list[ev.Event]) -> None:
    session = played(ev.Hello(1, '3.11.7', '2.68.0', 'chat.py', ()), ev.PhaseChanged('running'), *events)
    app = played_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert 'answers it' not in screen_text(app)


async def test_a_hint_of_the_selected_run_is_one_quiet_line() -> None:
    session = played(*BEFORE_CALLS, REPEATED)
    app = played_app(session)
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        assert REPEATED.text in line_above_the_keys(screen_text(app))
        await pilot.press('home')
        await until(pilot, lambda: 'called twice' not in screen_text(app))
        assert 'following off' in screen_text(app)


async def test_all_hints_are_listed_and_a_kind_is_turned_off_and_stays_off() -> None:
    app = played_app(played(*BEFORE_CALLS, REPEATED))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('H')
        await until(pilot, lambda: isinstance(app.screen, HintsScreen))
        await settled(pilot)
        assert REPEATED.text in screen_text(app)
        assert 'trip_agent › ModelRequestNode  node 2' in screen_text(app)
        place = list(HINT_TITLES).index('repeated_call')
        await pilot.press(*['down'] * place, 'space')
        await until(pilot, lambda: app.store.hidden_hints == {'repeated_call'})
        await pilot.press('escape')
        await until(pilot, lambda: 'called twice' not in screen_text(app))
        await pilot.press('H', 'shift+tab', 'space', 'escape')
        await until(pilot, lambda: app.store.hidden_hints == frozenset())
        await until(pilot, lambda: 'called twice' in screen_text(app))


async def test_the_page_of_hints_says_when_there_are_none() -> None:
    app = played_app(played(*BEFORE_CALLS))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press('H')
        await until(pilot, lambda: 'No run has met a trap' in screen_text(app))
        assert main_screen(app).hints.hints == []


def test_every_kind_of_hint_has_a_title() -> None:
    assert set(HINT_TITLES) == set(get_args(HintName))
