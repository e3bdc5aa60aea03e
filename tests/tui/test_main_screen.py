"""The main screen on recordings: what is seen at three sizes, and what keys do."""

from __future__ import annotations

import pytest
from snapshots import assert_snapshot, screen_text
from stage import main_screen, recording_app, settled, until
from textual.events import Key
from textual.widgets import Input

from pydantic_ai_debug.model.selectors import RowKey
from pydantic_ai_debug.tui.widgets.graph_rows import GraphRows

NARROW, MEDIUM, LARGE = (80, 24), (120, 36), (200, 50)


@pytest.mark.parametrize('size', [NARROW, MEDIUM, LARGE], ids=lambda size: f'{size[0]}x{size[1]}')
@pytest.mark.parametrize('name', ['paused', 'trip', 'failed', 'streaming'])
async def test_a_recording_shows_where_the_run_is(name: str, size: tuple[int, int]) -> None:
    app = recording_app(name)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        header = screen_text(app).splitlines()[0]
        words = {
            'paused': 'paused before ModelRequestNode',
            'trip': 'finished',
            'failed': 'failed',
            'streaming': 'running',
        }
        assert words[name] in header
        assert_snapshot(app, f'{name}-{size[0]}x{size[1]}')


async def test_the_four_panes_are_seen_together_from_100_columns_on() -> None:
    app = recording_app('paused')
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        text = screen_text(app)
        assert all(f'─ {title} ' in text for title in ('Graph', 'Stream', 'State', 'Result'))
        assert '─ Request ' not in text


async def test_below_100_columns_the_panes_are_tabs_and_those_that_changed_unseen_are_marked() -> None:
    app = recording_app('paused')
    async with app.run_test(size=(99, 30)) as pilot:
        await settled(pilot)
        assert screen_text(app).splitlines()[1].startswith(' 1 Graph   2 Stream • 3 State •')
        await pilot.press('2')
        await settled(pilot)
        assert '2 Stream  ' in screen_text(app).splitlines()[1]
        assert main_screen(app).arrangement.active == 'Stream'


async def test_the_keys_of_a_tree_work_once_the_result_is_one() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await pilot.press('4', 'z')
        await settled(pilot)
        await pilot.press('down', 'down', 'down', 'down', 'right')
        await settled(pilot)
        assert 'Musée Rodin' in screen_text(app)


async def test_panes_are_kept_when_the_terminal_changes_its_size() -> None:
    app = recording_app('paused')
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        await pilot.press('5')
        for width, height in (MEDIUM, NARROW, (20, 5), (1, 1), LARGE):
            await pilot.resize_terminal(width, height)
            await settled(pilot)
        assert main_screen(app).arrangement.active == 'Request'
        # A screen without a line looks settled before it has grown again.
        await until(pilot, lambda: '─ Console ' in screen_text(app))


async def test_request_and_console_open_below_the_other_panes_and_the_same_key_closes_them() -> None:
    app = recording_app('paused')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        await pilot.press('3', '5')
        await settled(pilot)
        assert all(f'─ {title}' in screen_text(app) for title in ('Graph', 'Stream', 'State', 'Result', 'Request'))
        await pilot.press('5')
        await settled(pilot)
        assert '─ Request' not in screen_text(app)
        assert main_screen(app).arrangement.active == 'State'


async def test_keys_that_are_typed_at_once_act_on_the_pane_that_the_ones_before_led_to() -> None:
    app = recording_app('paused')
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        for _ in range(3):
            for key in ('tab', 'tab', 'z', 'slash'):
                app.post_message(Key(key, '/' if key == 'slash' else None))
            await until(pilot, lambda: isinstance(app.focused, Input))
            await settled(pilot)
            assert isinstance(app.focused, Input)
            text = screen_text(app)
            assert '─ State ─' in text
            assert '─ Graph ─' not in text
            await pilot.press('escape', 'escape', 'shift+tab', 'shift+tab')
            await until(
                pilot, lambda: '─ Graph ─' in screen_text(app) and main_screen(app).arrangement.active == 'Graph'
            )


async def test_tab_visits_every_pane_and_zoom_gives_one_the_screen() -> None:
    app = recording_app('paused')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        visited: list[str] = []
        for _ in range(4):
            visited.append(main_screen(app).arrangement.active)
            await pilot.press('tab')
        assert visited == ['Graph', 'Stream', 'State', 'Result']
        await pilot.press('shift+tab', 'z')
        await settled(pilot)
        assert '─ Result ' in screen_text(app)
        assert '─ Graph ' not in screen_text(app)
        await pilot.press('z')
        await settled(pilot)
        assert '─ Graph ' in screen_text(app)


async def test_the_selection_follows_the_newest_row_until_the_user_moves_and_f_follows_again() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        main = main_screen(app)
        newest = main.situation.selected
        await pilot.press('up', 'k')
        await until(pilot, lambda: not main.situation.following)
        await settled(pilot)
        assert main.situation.selected != newest
        assert 'following off, f follows the newest' in screen_text(app)
        assert 'at node ' in screen_text(app)
        await pilot.press('f')
        await settled(pilot)
        assert main.situation.selected == newest
        assert 'following off' not in screen_text(app)


async def test_a_row_folds_away_what_is_below_it() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        rows = app.screen.query_one(GraphRows)
        before = len(rows.rows)
        await pilot.press('home', 'down', 'left')
        await settled(pilot)
        assert len(rows.rows) == 2
        assert '▸ ✓ trip_agent' in screen_text(app)
        await pilot.press('right')
        await settled(pilot)
        assert len(rows.rows) == before


async def test_a_search_goes_from_match_to_match_and_says_when_there_is_none() -> None:
    app = recording_app('trip')
    async with app.run_test(size=MEDIUM) as pilot:
        await settled(pilot)
        main = main_screen(app)
        await pilot.press('slash', *'research', 'enter')
        await until(pilot, lambda: main.situation.selected.call is not None)
        found = main.situation.selected
        await pilot.press('up', 'enter')
        await settled(pilot)
        assert main.situation.selected == found
        await pilot.press(*'xyz', 'enter')
        await settled(pilot)
        await until(pilot, lambda: 'not in Graph · no places in the session' in screen_text(app))
        await pilot.press('escape', 'home')
        await until(pilot, lambda: main.situation.selected == RowKey())


async def test_y_copies_what_is_selected() -> None:
    app = recording_app('paused')
    async with app.run_test(size=MEDIUM, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press('y')
        await until(pilot, lambda: 'Copied' in screen_text(app))
        assert 'ModelRequestNode' in app.clipboard


@pytest.mark.parametrize('size', [NARROW, MEDIUM], ids=lambda size: f'{size[0]}x{size[1]}')
async def test_the_page_of_keys_names_every_key_in_force(size: tuple[int, int]) -> None:
    app = recording_app('paused')
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press('question_mark')
        await until(pilot, lambda: '─ Keys ' in screen_text(app))
        await settled(pilot)
        assert 'Go on to the next boundary of this run' in screen_text(app)
        assert 'Run this node' not in screen_text(app), 'nothing runs in a recording'
        assert_snapshot(app, f'keys-{size[0]}x{size[1]}')


async def test_the_request_is_seen_in_a_light_theme() -> None:
    app = recording_app('paused')
    async with app.run_test(size=MEDIUM) as pilot:
        app.theme = 'textual-light'
        await settled(pilot)
        await pilot.press('5')
        await settled(pilot)
        assert_snapshot(app, 'request-light-120x36')


async def test_a_recording_offers_no_key_that_runs_something() -> None:
    app = recording_app('paused')
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        keys = screen_text(app).splitlines()[-1]
        assert 'edit' not in keys
        assert 'restart' not in keys
        await pilot.press('e')
        await settled(pilot)
        assert 'This is a recording' in screen_text(app)
        await pilot.press('q')
        await until(pilot, lambda: not app.is_running)
