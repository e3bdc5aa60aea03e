"""Panes recall old events from the recording: what somebody has spoilt meanwhile is missing, and nothing fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import RECORDINGS, main_screen, settled, until

from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.panes import PANES


@pytest.mark.parametrize(
    ('name', 'spoilt'),
    [('trip', b''), ('failed', b'\n'), ('failed', b'{"event":"fault","time":0,"message":"not ours"}')],
)
async def test_every_row_and_pane_can_be_looked_at_in_a_recording_that_was_emptied(
    tmp_path: Path, name: str, spoilt: bytes
) -> None:
    path = tmp_path / 'run.jsonl'
    path.write_bytes((RECORDINGS / f'{name}.jsonl').read_bytes())
    app = DebuggerApp(EventLog.open(path))
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        size = path.stat().st_size
        path.write_bytes((spoilt * size)[:size] if spoilt else b'')
        app._feed.log._decoded.clear()
        rows = len(main_screen(app).situation.state.runs) + 3
        for _ in range(rows):
            await pilot.press('1', 'up')
            for number in range(len(PANES)):
                await pilot.press(str(number + 1))
            await settled(pilot)
        await until(pilot, lambda: not main_screen(app).situation.following)
        assert app.is_running
