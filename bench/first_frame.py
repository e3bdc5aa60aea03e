"""How long until a recording is on the screen: one of 200 MB and one with a line of 50 MB, beside one that is empty."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from long_recording import write_empty_recording, write_long_line, write_recording
from programs import DEBUGGER
from pty_run import seconds_until
from table import Row, compared

NODES = 185_000
"""As many as 200 MB hold."""
MEGABYTES = 200
LONG_LINE = 50_000_000
GOAL = 2.0


@dataclass
class FirstFrames:
    """Seconds, one per round."""

    empty: list[float] = field(default_factory=list[float])
    large: list[float] = field(default_factory=list[float])
    long_line: list[float] = field(default_factory=list[float])


def measure(rounds: int) -> FirstFrames:
    frames = FirstFrames()
    with TemporaryDirectory() as directory:
        empty, large, long_line = (Path(directory, f'{name}.jsonl') for name in ('empty', 'large', 'line'))
        write_empty_recording(empty)
        write_recording(large, NODES)
        write_long_line(long_line, LONG_LINE)
        assert large.stat().st_size >= MEGABYTES * 1_000_000
        for _ in range(rounds):
            frames.empty.append(_first_frame(empty))
            frames.large.append(_first_frame(large))
            frames.long_line.append(_first_frame(long_line))
    return frames


def _first_frame(recording: Path) -> float:
    return max(seconds_until([*DEBUGGER, str(recording)], ['Graph', 'quit']))


def report(frames: FirstFrames) -> list[Row]:
    return [
        compared(
            f'first frame of a recording of {MEGABYTES} MB, beside an empty one', frames.empty, frames.large, GOAL
        ),
        compared('first frame of one with a line of 50 MB, beside an empty one', frames.empty, frames.long_line, GOAL),
    ]
