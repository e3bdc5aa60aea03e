"""Searching the whole session: where a text is found is listed, and each place is gone to in the pane that holds it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest
from hostile import RAW_CONTROL
from scenes import CALLS_SIDE_BY_SIDE, STREAM_HELD
from snapshots import assert_snapshot, screen_text
from stage import PlayedSession, main_screen, played_app, recording_app, settled, until
from textual.pilot import Pilot
from textual.widgets import Input

from pydantic_ai_debug.model.search import MatchKind
from pydantic_ai_debug.model.selectors import SESSION_ROW, RowKey
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session.search import Found
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.present.match_text import PANE_OF
from pydantic_ai_debug.tui.widgets.entry_list import EntryList
from pydantic_ai_debug.tui.widgets.search_panel import SearchPanel

NARROW, MEDIUM = (80, 24), (120, 36)


async def search(pilot: Pilot[int], query: str, said: str) -> None:
    """Open the line, type, and wait for what is said of the session."""
    await pilot.press('slash')
    await until(pilot, lambda: isinstance(pilot.app.screen.focused, Input))
    await pilot.press(*query)
    await until(pilot, lambda: said in screen_text(pilot.app))


def active(app: DebuggerApp) -> str:
    return main_screen(app).arrangement.active


PLACES: dict[MatchKind, tuple[str, str, RowKey | None, str]] = {
    'run': ('trip', 'city_expert', RowKey('run-2'), 'city_expert'),
    'prompt': ('trip', 'museums.', RowKey('run-1', 0), 'I love museums.'),
    'thinking': ('trip', 'depend on each', RowKey('run-1', 1), 'at once.'),
    'call': ('trip', 'max_price', RowKey('run-1', 2, 'call_f1'), '"max_price": 250'),
    'state': ('trip', 'home/ada', RowKey('run-1', 0), "PosixPath('/home/ada')"),
    'request': ('trip', 'local expert', RowKey('run-1', 1), 'Ask a local'),
    'output': ('trip', '1090.5', RowKey('run-1'), '1090.5'),
}


@pytest.mark.parametrize('size', [NARROW, MEDIUM], ids=['narrow', 'medium'])
async def test_a_place_is_gone_to_in_the_pane_that_holds_it(size: tuple[int, int]) -> None:
    assert {name for name, *_ in PLACES.values()} == {'trip'}
    app = recording_app('trip')
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        panel = app.screen.query_one(SearchPanel)
        for kind, (_, query, row, shown) in PLACES.items():
            await search(pilot, query, 'in the session')
            number = next(number for number, match in enumerate(panel._matches, 1) if match.kind == kind)
            await pilot.press(*['down'] * number)
            await until(pilot, lambda kind=kind: active(app) == PANE_OF[kind])  # type: ignore[misc]
            assert main_screen(app).situation.selected == row, kind
            await pilot.press('enter')
            await until(pilot, lambda: not panel.display)
            await settled(pilot)
            assert shown in screen_text(app), kind
            assert main_screen(app)._area.title_of(app.focused) == PANE_OF[kind], kind  # type: ignore[arg-type]


async def test_the_pane_in_which_the_search_began_is_searched_first_and_gone_back_to() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await pilot.press('3')
        await until(pilot, lambda: active(app) == 'State')
        await search(pilot, 'museum', 'places in the session')
        await pilot.press('enter')
        await settled(pilot)
        assert active(app) == 'State'
        await pilot.press('down', 'down')
        await until(pilot, lambda: active(app) == 'Stream')
        await pilot.press('up', 'up')
        assert app.screen.query_one(EntryList).highlighted == 0
        await pilot.press('enter')
        await until(pilot, lambda: active(app) == 'State')
        assert app.screen.query_one(SearchPanel).display
        await pilot.press('escape')
        await until(pilot, lambda: not app.screen.query_one(SearchPanel).display)


async def test_the_console_and_what_is_still_arriving_are_searched_in_a_live_session() -> None:
    session = PlayedSession()
    delta = {'part_delta_kind': 'text', 'content_delta': 'edle'}
    session.report(
        *STREAM_HELD,
        ev.Output('stdout', 'one\nthe needle\n'),
        ev.Stream('r2', 0, {'event_kind': 'part_start', 'index': 0, 'part': {'part_kind': 'text', 'content': 'ne'}}),
        ev.Stream('r2', 0, {'event_kind': 'part_delta', 'index': 0, 'delta': delta}),
        ev.Resumed('r2', 0, 'stream'),
    )
    session.report(ev.NodeStarted('r2', 0, 'ModelRequestNode'))
    app = played_app(session)
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await search(pilot, 'needle', '2 places in the session')
        await pilot.press('down')
        await until(pilot, lambda: active(app) == 'Console')
        await pilot.press('down')
        await until(pilot, lambda: main_screen(app).situation.selected == RowKey('r2', 0))
        assert active(app) == 'Stream'


async def test_a_click_on_a_place_goes_there() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await search(pilot, 'max_price', 'in the session')
        await pilot.click(EntryList, offset=(20, 2))
        await until(pilot, lambda: main_screen(app).situation.selected != SESSION_ROW)
        await until(pilot, lambda: main_screen(app).situation.selected == RowKey('run-1', 2, 'call_f1'))
        assert isinstance(app.screen.focused, Input), 'one goes on typing'


async def test_of_too_many_places_the_first_are_listed_and_that_is_said() -> None:
    log = EventLog.create(None)
    run = ev.RunStarted('r', None, None, 'agent', 'model', 'x')
    nodes = [ev.NodeStarted('r', number, 'ModelRequestNode') for number in range(10_000)]
    log.append([encode_event(event, 0.0) for event in (ev.Hello(1, '3', '2', 'x.py', ()), run, *nodes)])
    app = DebuggerApp(log)
    async with app.run_test(size=MEDIUM) as pilot:
        await until(pilot, lambda: app.main is not None and app.main.situation.state.count == len(log), 60)
        await search(pilot, 'requestnode', 'the first 200 places in the session')
        await pilot.press('down')
        await until(pilot, lambda: main_screen(app).situation.selected == RowKey('r', 0))


async def test_a_query_that_was_typed_over_shows_nothing_of_the_one_before() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await search(pilot, 'museum', 'places in the session')
        await pilot.press(*'zzz')
        await until(pilot, lambda: 'no places in the session' in screen_text(app))
        assert app.screen.query_one(EntryList).option_count == 0
        await pilot.press('down')
        await until(pilot, lambda: 'not in Graph' in screen_text(app))


@pytest.mark.parametrize('text', ['[bold]needle[/]', '[/needle', 'needle\x1b]0;owned\x07', 'needle\x1b[2J'])
async def test_what_is_found_is_drawn_literally(text: str) -> None:
    session = PlayedSession()
    session.report(*CALLS_SIDE_BY_SIDE, ev.RunStarted('r9', None, None, text, text, text))
    app = played_app(session)
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await search(pilot, 'needle', '2 places in the session')
        await settled(pilot)
        shown = screen_text(app)
        assert not RAW_CONTROL.search(shown.replace('\n', ''))
        assert shown.count(text.replace('\x1b', '␛').replace('\x07', '␇')) >= 2


@pytest.mark.parametrize('size', [NARROW, MEDIUM], ids=lambda size: f'{size[0]}x{size[1]}')
async def test_what_is_found_as_it_is_drawn(size: tuple[int, int]) -> None:
    app = recording_app('trip')
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await search(pilot, 'paris', 'places in the session')
        app.screen.query_one(SearchPanel).query_one(Input).cursor_blink = False
        for pane in ('Stream', 'State', 'Stream'):
            await pilot.press('down')
            await until(pilot, lambda pane=pane: active(app) == pane)  # type: ignore[misc]
            await settled(pilot)
        assert_snapshot(app, f'search-{size[0]}x{size[1]}')


def test_there_is_a_pane_for_every_kind_of_place() -> None:
    from typing import get_args

    from pydantic_ai_debug.tui.layout import ALL_PANES

    assert set(PANE_OF) == set(get_args(MatchKind))
    assert set(PANE_OF.values()) <= set(ALL_PANES)


async def test_places_are_shown_while_others_are_looked_for_and_the_selected_one_stays() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await search(pilot, 'museum', 'places in the session')
        found = Found(tuple(app.screen.query_one(SearchPanel)._matches))
        main_screen(app).show_found('museum', Found(found.matches[:2], searched=0.4))
        await until(pilot, lambda: '2 places so far · 40% searched' in screen_text(app))
        await pilot.press('down', 'down')
        await until(pilot, lambda: app.screen.query_one(EntryList).highlighted == 2)
        main_screen(app).show_found('museum', found)
        await until(pilot, lambda: 'places in the session' in screen_text(app))
        assert app.screen.query_one(EntryList).highlighted == 2


async def test_a_search_that_nobody_waits_for_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = Event()

    def endless(log: object, state: object, query: str, cancelled: Callable[[], bool], *_: object) -> Found:
        while not cancelled():
            pass
        given_up.set()
        return Found()

    monkeypatch.setattr('pydantic_ai_debug.session.search.search_session', endless)
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await pilot.press('slash', 'm')
        await until(pilot, lambda: any(worker.group == 'search' for worker in app.workers))
        await pilot.press('escape')
        await until(pilot, given_up.is_set)
