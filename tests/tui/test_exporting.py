"""Exports from the palette: a new file beside what the user works on, and a notice that says where."""

from __future__ import annotations

from pathlib import Path

import pytest
from snapshots import screen_text
from stage import PlayedSession, played_app, recording_app, settled, until
from textual.pilot import Pilot

from pydantic_ai_debug.export import FORMATS
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.protocol.secrets import numbered_mask
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.tui.exporting import write_export

SIZE = (120, 36)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def choose(pilot: Pilot[int], title: str) -> None:
    """Take a command from the palette."""
    await pilot.press('ctrl+p')
    await pilot.press(*('space' if character == ' ' else character for character in title.lower()))
    await until(pilot, lambda: title in screen_text(pilot.app))
    await pilot.press('enter')


@pytest.mark.parametrize(
    ('label', 'name'),
    [
        ('Markdown', 'trip.md'),
        ('HTML', 'trip.html'),
        ('JSON messages', 'trip.json'),
        ('pytest file', 'test_trip.py'),
        ('Mermaid diagram', 'trip.mmd'),
    ],
)
async def test_a_recording_is_exported_from_the_palette(label: str, name: str, folder: Path) -> None:
    app = recording_app('trip')
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await choose(pilot, f'Export as {label}')
        await until(pilot, lambda: f'Exported as {label}' in screen_text(app))

    assert (folder / name).read_text()
    assert {row.label for row in FORMATS} >= {label}


async def test_a_file_that_is_there_is_not_replaced(folder: Path) -> None:
    (folder / 'trip.md').write_text('mine')
    app = recording_app('trip')
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await choose(pilot, 'Export as Markdown')
        await until(pilot, (folder / 'trip-2.md').exists)
        await until(pilot, lambda: 'trip-2.md' in screen_text(app))

    assert (folder / 'trip.md').read_text() == 'mine'


async def test_why_nothing_can_be_made_of_it_is_said(folder: Path) -> None:
    app = recording_app('paused')
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settled(pilot)
        await choose(pilot, 'Export as pytest file')
        await until(pilot, lambda: 'has not come to its end' in screen_text(app))

    assert list(folder.iterdir()) == []


async def test_a_live_session_is_named_after_its_script_and_keeps_secrets_that_the_screen_shows(folder: Path) -> None:
    session = PlayedSession()
    session.log.secrets[numbered_mask(1)] = 'hunter2'
    app = played_app(session)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        session.report(
            ev.Hello(1, '3.11.7', '2.68.0', 'shop/trip.py', ()),
            ev.RunStarted('r1', None, None, 'planner', 'gpt', f'The key is {numbered_mask(1)}'),
            ev.Output('stdout', f'{numbered_mask(1)}\n'),
        )
        await settled(pilot)
        await pilot.press('6')
        await until(pilot, lambda: 'hunter2' in screen_text(app))
        await choose(pilot, 'Export as Markdown')
        await until(pilot, (folder / 'trip.md').exists)
        await until(pilot, lambda: 'Exported as Markdown' in screen_text(app))

    written = (folder / 'trip.md').read_text()
    assert numbered_mask(1) in written
    assert 'hunter2' not in written


def test_a_recording_that_is_still_being_read_is_exported_whole(folder: Path) -> None:
    log = EventLog.create(folder / 'long.jsonl')
    outputs = (encode_event(ev.Output('stdout', f'line {number} {"x" * 100}\n'), 0.1) for number in range(40_000))
    log.append([encode_event(ev.Hello(1, '', '', 'x.py', ()), 0.0), *outputs])
    beginning = EventLog.open_beginning(folder / 'long.jsonl')
    assert not beginning.indexed

    path = write_export(beginning, FORMATS[0], 'long.jsonl')

    assert path.name == 'long.md'
    assert 'line 39999 x' in path.read_text()
