"""How long a key takes until the screen shows it, with the real program on a pseudo-terminal.

One case is a recording with ten thousand nodes; the other is a script that streams five thousand deltas a second, which
the parent reads, records, folds and draws meanwhile.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from long_recording import write_recording
from programs import DEBUGGER, STEADY_STREAM
from pty_run import COLUMNS, ROWS, Program, running
from table import Row, milliseconds, yes_or_no

NODES = 10_000
DELTAS_PER_SECOND = 5_000
PRESSES = 30
"""Keys of each kind in each round."""
MOST_ROUNDS = 2
"""Each has many keys already."""
PAUSE = (0.03, 0.09)
"""Seconds between what a key did and the next one, at random: in no step with frames or timers."""
QUIET = 0.15
"""Seconds without any drawing after which a screen that stands still is taken to be done."""
STREAM_SECONDS = 120
MEDIAN_GOAL, TAIL_GOAL = 0.050, 0.150

HOME, PAGE_DOWN = '\x1b[H', '\x1b[6~'


@dataclass
class Times:
    """Seconds from a key to its repaint."""

    many_nodes: list[float] = field(default_factory=list[float])
    all_panes: list[float] = field(default_factory=list[float])
    """The same keys, to the last thing drawn for them: every pane shows the other row."""
    many_deltas: list[float] = field(default_factory=list[float])
    deltas_per_second: list[float] = field(default_factory=list[float])


def measure(rounds: int) -> Times:
    times = Times()
    with TemporaryDirectory() as directory:
        recording = Path(directory, 'long.jsonl')
        write_recording(recording, NODES)
        for number in range(min(rounds, MOST_ROUNDS)):
            _measure_nodes(times, recording)
            _measure_deltas(times, Path(directory, f'stream-{number}.jsonl'))
    return times


def _measure_nodes(times: Times, recording: Path) -> None:
    with running([*DEBUGGER, str(recording)]) as program:
        program.wait_for(lambda: 'finished' in program.screen.display[0] and 'End' in program.text)
        program.rest(1.0)
        # From the newest row up; then from the first row down, where looking for a row takes longest.
        for key in ['k'] * PRESSES + [HOME] + [PAGE_DOWN] * PRESSES + ['j'] * PRESSES:
            before = _graph(program)
            pressed = program.press(key)
            shown = program.wait_for(lambda: _graph(program) != before)  # noqa: B023  it is called here
            times.many_nodes.append(shown - pressed)
            times.all_panes.append(_last_drawn(program, shown) - pressed)
            program.rest(random.uniform(*PAUSE))


def _last_drawn(program: Program, shown: float) -> float:
    while True:
        at = max((at for at, _ in program.pieces(QUIET)), default=None)
        if at is None:
            return shown
        shown = at


def _graph(program: Program) -> list[tuple[str, str]]:
    """Texts and backgrounds of the Graph pane, the first of the screen."""
    buffer = program.screen.buffer
    return [(buffer[row][column].data, buffer[row][column].bg) for row in range(2, ROWS - 3) for column in range(2, 40)]


def _measure_deltas(times: Times, recording: Path) -> None:
    script = [str(STEADY_STREAM), str(DELTAS_PER_SECOND * STREAM_SECONDS), str(DELTAS_PER_SECOND)]
    command = [*DEBUGGER, '-c', '--record', str(recording), '--python', sys.executable, *script]
    with running(command) as program:
        program.wait_for(lambda: 'lazy dog' in program.text)
        program.rest(2.0)
        # Up and down in the graph, of which the newest row is the one that streams; then from pane to pane.
        for keys, look in ((('k', 'j'), _cursor_line), (('\t',), _focused_borders)):
            for number in range(PRESSES):
                before = look(program)
                pressed = program.press(keys[number % len(keys)])
                shown = program.wait_for(lambda: look(program) != before)  # noqa: B023  it is called here
                times.many_deltas.append(shown - pressed)
                program.rest(random.uniform(*PAUSE))
    times.deltas_per_second.append(_delta_rate(recording))


def _cursor_line(program: Program) -> list[str]:
    """Backgrounds down a column of the Graph pane: the cursor has one of its own."""
    return [program.screen.buffer[row][6].bg for row in range(2, 15)]


def _focused_borders(program: Program) -> list[str]:
    """Colours down the left border of the screen and down its right: the focused pane's are others."""
    buffer = program.screen.buffer
    return [buffer[row][column].fg for column in (0, COLUMNS - 1) for row in range(1, ROWS - 2)]


def _delta_rate(recording: Path) -> float:
    """How many deltas a second there really were."""
    times: list[float] = []
    with recording.open(encoding='utf-8') as lines:
        for line in lines:
            if '"event":"stream"' in line and line.endswith('\n'):
                times += json.loads(line).get('times', ())
    return len(times) / (times[-1] - times[0])


def report(times: Times) -> list[Row]:
    rate = median(times.deltas_per_second)
    return [
        *_rows(f'key to repaint, {NODES:,} nodes in the tree', times.many_nodes),
        *_rows(f'key to repaint, {rate:,.0f} deltas a second arriving', times.many_deltas),
        Row(
            f'key to all panes showing another node, {NODES:,} nodes: median, 99th percentile',
            '–',
            f'{milliseconds(median(times.all_panes))}, {milliseconds(_tail(times.all_panes))}',
        ),
    ]


def _rows(what: str, times: list[float]) -> Iterator[Row]:
    for name, value, goal in (
        (f'median of {len(times)}', median(times), MEDIAN_GOAL),
        ('99th percentile', _tail(times), TAIL_GOAL),
    ):
        yield Row(
            f'{what}: {name}', '–', milliseconds(value), '–', f'<= {milliseconds(goal)}', yes_or_no(value <= goal)
        )


def _tail(times: list[float]) -> float:
    return quantiles(times, n=100, method='inclusive')[98]
