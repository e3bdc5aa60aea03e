"""How long until the screen is there and until the first stop, beside what each cannot be faster than."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field

from programs import DEBUGGER, TEN_LINES
from pty_run import seconds_until
from table import Row, compared

GOAL = 1.3

BARE_APP = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static('bare-textual-app')

Bare().run()
"""


@dataclass
class StartUp:
    """Seconds, one per round."""

    bare_app: list[float] = field(default_factory=list[float])
    first_frame: list[float] = field(default_factory=list[float])
    first_stop: list[float] = field(default_factory=list[float])
    bare_import: list[float] = field(default_factory=list[float])
    bare_run: list[float] = field(default_factory=list[float])


def measure(rounds: int) -> StartUp:
    times = StartUp()
    for _ in range(rounds):
        times.bare_app += seconds_until([sys.executable, '-c', BARE_APP], ['bare-textual-app'])
        command = [*DEBUGGER, '--no-record', str(TEN_LINES)]
        *frame, stop = seconds_until(command, ['ten_lines.py', 'Graph', 'quit', 'UserPromptNode'])
        times.first_frame.append(max(frame))
        times.first_stop.append(stop)
        times.bare_import.append(_seconds([sys.executable, '-c', 'import pydantic_ai']))
        times.bare_run.append(_seconds([sys.executable, str(TEN_LINES)]))
    return times


def _seconds(argv: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True)
    return time.perf_counter() - started


def report(times: StartUp) -> list[Row]:
    return [
        compared('first frame, beside that of a bare Textual app', times.bare_app, times.first_frame, GOAL),
        compared('first stop, beside `import pydantic_ai` alone', times.bare_import, times.first_stop),
        compared('first stop, beside the whole script without a debugger', times.bare_run, times.first_stop),
    ]
