"""The list of recordings: what is chosen is opened, what is deleted was asked for twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from snapshots import screen_text
from stage import RECORDINGS
from textual.pilot import Pilot

from pydantic_ai_debug import tui
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.tui import terminal
from pydantic_ai_debug.tui.comparing_app import ComparingApp
from pydantic_ai_debug.tui.recordings_app import RecordingsApp


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    for number, name in enumerate(('trip', 'failed', 'paused'), 1):
        text = (RECORDINGS / f'{name}.jsonl').read_text(encoding='utf-8')
        lines = text.replace('"started_at":"2026-11-20', f'"started_at":"2026-11-2{number}', 1)
        (tmp_path / f'{name}-20261127-000000-{number}.jsonl').write_text(lines, encoding='utf-8')
    return tmp_path


def lines(pilot: Pilot[int]) -> list[str]:
    return [line.strip() for line in screen_text(pilot.app).splitlines() if line.strip()]


@pytest.mark.parametrize('width', [60, 80, 120])
async def test_each_recording_is_a_line_that_fits(kept: Path, width: int) -> None:
    app = RecordingsApp(kept)
    async with app.run_test(size=(width, 20)) as pilot:
        await pilot.pause()
        title, heads, *rows, keys = lines(pilot)
        assert '3 recordings' in title
        assert heads.split()[:2] == ['when', 'script']
        assert len(rows) == 3
        assert all('trip' in row or '.py' in row for row in rows)
        assert rows[0].endswith('KB')
        assert keys == 'enter open  c compare  d delete  q quit'


@pytest.mark.parametrize('width', [60, 80, 120])
async def test_beside_a_scrollbar_each_recording_is_a_line_too(kept: Path, width: int) -> None:
    for number in range(20):
        shutil.copy(kept / 'trip-20261127-000000-1.jsonl', kept / f'trip-20261127-000000-{number + 10}.jsonl')
    app = RecordingsApp(kept)
    async with app.run_test(size=(width, 12)) as pilot:
        await pilot.pause()
        _, _, *rows, _ = screen_text(app).splitlines()
        assert len(rows) == 9
        assert all('KB' in row for row in rows)


async def test_what_is_chosen_is_what_the_cursor_is_at(kept: Path) -> None:
    app = RecordingsApp(kept)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        second = app._recordings[1].path
        await pilot.press('down', 'enter')
        await pilot.pause()
    assert app.chosen == second


async def test_the_cursor_is_where_one_comes_from(kept: Path) -> None:
    known = RecordingsApp(kept)
    async with known.run_test() as pilot:
        await pilot.pause()
        last = known._recordings[2].path
    app = RecordingsApp(kept, last)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press('enter')
    assert app.chosen == last


async def test_a_recording_is_deleted_after_a_question(kept: Path) -> None:
    app = RecordingsApp(kept)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        first = app._recordings[0].path
        await pilot.press('d')
        await pilot.pause()
        assert 'is deleted for good' in screen_text(app)
        await pilot.press('escape')
        await pilot.pause()
        assert first.exists()
        await pilot.press('d', 'd')
        await pilot.pause()
        assert not first.exists()
        assert len(list(kept.iterdir())) == 2
        assert '2 recordings' in screen_text(app)


async def test_the_last_one_can_be_deleted_and_none_can_be_opened_then(kept: Path) -> None:
    for path in [*kept.iterdir()][1:]:
        path.unlink()
    app = RecordingsApp(kept)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        await pilot.press('d', 'd')
        await pilot.pause()
        assert 'no recordings' in screen_text(app)
        await pilot.press('enter', 'd')
        await pilot.pause()
        assert app.is_running
        await pilot.press('q')
    assert app.chosen is None


async def test_names_are_drawn_literally(tmp_path: Path) -> None:
    path = tmp_path / 'x-20261127-000000-1.jsonl'
    hello = '{"seq":0,"event":"hello","time":0,"format":1,"python":"","pydantic_ai":"","target":"[b]a\\u001b[2J.py","argv":[]}'
    path.write_text(hello + '\n')
    app = RecordingsApp(tmp_path)
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        assert '[b]a' in screen_text(app)
        assert '\x1b' not in screen_text(app)
        await pilot.press('d')
        await pilot.pause()
        assert '[b]a' in screen_text(app)


async def test_the_second_one_is_compared_with_the_one_marked_before(kept: Path) -> None:
    app = RecordingsApp(kept)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        first, _, third = (recording.path for recording in app._recordings)
        await pilot.press('c')
        await pilot.pause()
        assert lines(pilot)[-1] == 'c compare the marked one with this  escape compare none  q quit'
        await pilot.press('escape')
        await pilot.pause()
        assert 'enter open' in lines(pilot)[-1]
        await pilot.press('c', 'c')
        await pilot.pause()
        assert 'enter open' in lines(pilot)[-1], 'a recording is not compared with itself'
        await pilot.press('c', 'down', 'down', 'c')
        await pilot.pause()
    assert (app.other, app.chosen) == (first, third)


def test_two_recordings_are_compared_and_the_list_is_there_again(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trip, failed, *_ = sorted(kept.iterdir(), reverse=True)
    empty = kept / 'empty-20261127-000000-9.jsonl'
    empty.write_text(trip.read_text(encoding='utf-8').split('\n')[0] + '\n', encoding='utf-8')
    pairs = iter([(trip, failed), (trip, empty), (None, None)])
    problems: list[str] = []
    compared: list[ComparingApp] = []

    def choose(app: RecordingsApp | ComparingApp) -> int:
        if isinstance(app, ComparingApp):
            compared.append(app)
        else:
            problems.append(app._problem)
            app.other, app.chosen = next(pairs)
        return 0

    monkeypatch.setattr(terminal, 'run_guarded', choose)

    assert tui.run_recordings(kept) == 0
    (app,) = compared
    assert [app._comparisons[0].left.title, app._comparisons[0].right.title] == [trip.name, failed.name]
    assert problems[:2] == ['', '']
    assert 'no runs that could be compared' in problems[2]


def test_after_a_recording_the_list_is_there_again(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = kept / 'newer-20261127-000000-9.jsonl'
    shutil.copy(kept / 'trip-20261127-000000-1.jsonl', newer)
    newer.write_bytes(newer.read_bytes().replace(b'"format":1', b'"format":999', 1))
    trip = kept / 'trip-20261127-000000-1.jsonl'
    choices = iter([trip, newer, None])
    shown: list[tuple[Path | None, str]] = []
    opened: list[Path | None] = []

    def choose(app: RecordingsApp) -> int:
        shown.append((app._selected, app._problem))
        app.chosen = next(choices)
        return 0

    def show(log: EventLog) -> int:
        opened.append(log.path)
        return 0

    monkeypatch.setattr(terminal, 'run_guarded', choose)
    monkeypatch.setattr(tui, 'run_recording', show)

    assert tui.run_recordings(kept) == 0
    assert opened == [trip]
    assert [selected for selected, _ in shown] == [None, trip, newer]
    assert 'newer agent-debug' in shown[2][1]
