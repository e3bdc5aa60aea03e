"""Damaged recordings on the screen: every pane, every way through them, and not one exception."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from snapshots import screen_text
from stage import RECORDINGS, main_screen, settled, until
from textual.pilot import Pilot

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.recording import EventLog, RecordingError
from pydantic_ai_debug.tui.app import DebuggerApp

sys.path.insert(0, str(Path(__file__).parents[1] / 'recording'))

from damage import cut, flipped, rewritten

KEYS = (*'123456', *'NNnsCCcnN', 'up', 't', 'up', 'up', 't', 'home', 't', 'end', *'123456')
LONG_LINE = 50 << 20


async def look_around(app: DebuggerApp, pilot: Pilot[int], keys: Sequence[str] = KEYS) -> None:
    await settled(pilot)
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
        assert app.is_running


@pytest.mark.parametrize('seed', range(2))
@pytest.mark.parametrize('damaged', [cut, flipped, rewritten], ids=lambda damaged: damaged.__name__)
async def test_a_damaged_recording_can_be_looked_at_all_over(
    tmp_path: Path, damaged: Callable[[int], bytes], seed: int
) -> None:
    path = tmp_path / 'run.jsonl'
    for attempt in range(seed * 100, seed * 100 + 100):
        path.write_bytes(damaged(attempt))
        try:
            log = EventLog.open_beginning(path)
        except RecordingError:
            continue
        break
    else:
        pytest.fail('all of them were refused')
    app = DebuggerApp(log)
    async with app.run_test(size=(120, 36)) as pilot:
        await look_around(app, pilot)


LONG = 'lorem ipsum dolor\n' * (LONG_LINE // 18)
SHORTER = LONG[: LONG_LINE // 10]
TEXT = {'part_kind': 'text', 'content': LONG}
RESPONSE = {'kind': 'response', 'parts': [TEXT], 'usage': {}}
LONG_LINES: dict[str, ev.Event] = {
    'output': ev.Output('stdout', LONG),
    'stream': ev.Stream('r1', 0, {'event_kind': 'part_start', 'index': 0, 'part': {**TEXT, 'content': SHORTER}}),
    'messages': ev.Messages('r1', 0, [RESPONSE], False, 0),
    'result': ev.ToolFinished('r1', 0, 'c1', 'read', {}, 'returned', SHORTER, 0.1),
}


@pytest.mark.parametrize('kind', LONG_LINES)
async def test_a_line_of_up_to_50_megabytes_can_be_looked_at(tmp_path: Path, kind: str) -> None:
    log = EventLog.create(tmp_path / 'run.jsonl')
    events = (
        ev.Hello(ev.FORMAT, '', '', 'x.py', ()),
        ev.RunStarted('r1', None, None, 'a', 'm', 'Go'),
        ev.NodeStarted('r1', 0, 'ModelRequestNode'),
        LONG_LINES[kind],
        ev.NodeFinished('r1', 0, 'ModelRequestNode', 0.1, 'End'),
        ev.RunFinished('r1', 'done', {}, None),
        ev.Exited(0),
    )
    log.append([encode_event(event, 0.1) for event in events])
    app = DebuggerApp(EventLog.open_beginning(tmp_path / 'run.jsonl'))
    async with app.run_test(size=(200, 50)) as pilot:
        await look_around(app, pilot, ('6', 'N', 'up', '5'))
        await pilot.press('c')
        await until(pilot, lambda: main_screen(app).situation.state.exit_code == 0)


async def test_where_a_recording_stops_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / 'run.jsonl'
    path.write_bytes((RECORDINGS / 'trip.jsonl').read_bytes()[:-20])
    app = DebuggerApp(EventLog.open_beginning(path))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, lambda: 'Not the whole recording' in screen_text(app))
        assert 'the recording is cut off' in screen_text(app)
        await pilot.press('N', 'c')
        await settled(pilot)
        assert len(app._notifications) == 1
