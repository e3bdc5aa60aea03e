"""How much memory the parent has, screen and all, after a short stream and after one a hundred times as long."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from programs import DEBUGGER, STEADY_STREAM
from pty_run import running
from table import Row, yes_or_no

FEW, MANY = 2_000, 200_000
GOAL = 1.25
"""No more than a fourth above the short one: the index of what came, and the text that the Stream pane scrolls in."""
MOST_ROUNDS = 2
"""It hardly differs from one time to the next."""


@dataclass
class Sizes:
    """Megabytes of the parent process, one per round."""

    few: list[float] = field(default_factory=list[float])
    many: list[float] = field(default_factory=list[float])


def measure(rounds: int) -> Sizes:
    sizes = Sizes()
    for _ in range(min(rounds, MOST_ROUNDS)):
        sizes.few.append(_megabytes_after(FEW))
        sizes.many.append(_megabytes_after(MANY))
    return sizes


def _megabytes_after(deltas: int) -> float:
    with TemporaryDirectory() as directory:
        recording = Path(directory, 'recording.jsonl')
        script = [str(STEADY_STREAM), str(deltas), '0']
        with running([*DEBUGGER, '-c', '--record', str(recording), '--python', sys.executable, *script]) as program:
            program.wait_for(lambda: 'finished' in program.screen.display[0])
            program.rest(1.0)
            listed = subprocess.run(
                ['ps', '-o', 'rss=', '-p', str(program.process.pid)], check=True, capture_output=True, text=True
            )
    return int(listed.stdout) / 1024


def report(sizes: Sizes) -> list[Row]:
    few, many = median(sizes.few), median(sizes.many)
    what = f'memory of the parent after {MANY:,} deltas, beside after {FEW:,}'
    ratio = many / few
    return [Row(what, f'{few:.0f} MB', f'{many:.0f} MB', f'{ratio:.2f}x', f'<= {GOAL:.2f}x', yes_or_no(ratio <= GOAL))]
