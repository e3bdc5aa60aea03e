"""How long until the screen is there and until the first stop, beside what each cannot be faster than."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from pty_run import seconds_until

HERE = Path(__file__).parent

BARE_APP = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static('bare-textual-app')

Bare().run()
"""

TEN_LINES = HERE / 'ten_lines.py'


@dataclass
class StartUp:
    """Seconds, one per round."""

    bare_app: list[float]
    first_frame: list[float]
    first_stop: list[float]
    bare_import: list[float]
    bare_run: list[float]


def measure(rounds: int) -> StartUp:
    """Measure in turn, so that whatever else the machine does touches all alike."""
    times = StartUp([], [], [], [], [])
    for _ in range(rounds):
        times.bare_app += seconds_until([sys.executable, '-c', BARE_APP], ['bare-textual-app'])
        command = [sys.executable, '-m', 'pydantic_ai_debug', '--no-record', str(TEN_LINES)]
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


def report(times: StartUp) -> str:
    rows = [
        ('first frame', times.first_frame, 'a bare Textual app', times.bare_app),
        ('first stop', times.first_stop, 'a bare `import pydantic_ai`', times.bare_import),
        ('first stop', times.first_stop, 'the whole script without a debugger', times.bare_run),
    ]
    lines = ['| what | median | beside | median | ratio |', '|---|---|---|---|---|']
    for what, ours, beside, theirs in rows:
        mine, other = median(ours), median(theirs)
        lines.append(f'| {what} | {mine * 1000:.0f} ms | {beside} | {other * 1000:.0f} ms | {mine / other:.2f}x |')
    return '\n'.join(lines)
