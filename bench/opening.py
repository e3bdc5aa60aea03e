"""How the work of opening a recording grows with the nodes in it: folding one event must not cost by what came before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import log
from pathlib import Path
from statistics import linear_regression, median
from tempfile import TemporaryDirectory

from long_recording import write_recording
from table import Row, compared, yes_or_no

from pydantic_ai_debug.model.outline import Outline
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.recording import EventLog

SIZES = (1_250, 2_500, 5_000, 10_000)
"""Nodes."""
EVENTS_A_FRAME = 500
"""After how many events the graph's rows are brought up to date, as when a run goes on."""
GOAL = 1.1
"""The exponent: a little above 1, since larger numbers and colder caches cost something too."""


@dataclass
class Times:
    """Seconds of processor time by number of nodes, one per round of the measurement."""

    decoding: dict[int, list[float]] = field(default_factory=lambda: {size: [] for size in SIZES})
    opening: dict[int, list[float]] = field(default_factory=lambda: {size: [] for size in SIZES})


def measure(rounds: int) -> Times:
    times = Times()
    with TemporaryDirectory() as directory:
        logs = {size: _log(Path(directory, f'{size}.jsonl'), size) for size in SIZES}
        for _ in range(rounds):
            for size, log_of_size in logs.items():
                times.decoding[size].append(_seconds(log_of_size.records()))
                times.opening[size].append(_seconds(_states(log_of_size)))
    return times


def _log(path: Path, nodes: int) -> EventLog:
    write_recording(path, nodes)
    return EventLog.open(path)


def _states(events: EventLog) -> Iterator[SessionState]:
    state, outline = SessionState(), Outline()
    for record in events.records():
        state = reduce(state, record)
        if state.count % EVENTS_A_FRAME == 0:
            outline.update(state)
        yield state


def _seconds(work: Iterator[object]) -> float:
    started = time.process_time()
    for _ in work:
        pass
    return time.process_time() - started


def report(times: Times) -> list[Row]:
    rows = [
        compared(
            f'opening {size:,} nodes, beside decoding them: processor time', times.decoding[size], times.opening[size]
        )
        for size in (SIZES[0], SIZES[-1])
    ]
    theirs, ours = _exponent(times.decoding), _exponent(times.opening)
    met = yes_or_no(ours <= GOAL)
    return [*rows, Row('opening: exponent of time over nodes', f'{theirs:.2f}', f'{ours:.2f}', '–', f'<= {GOAL}', met)]


def _exponent(times: dict[int, list[float]]) -> float:
    """The slope of a line through the medians, both axes logarithmic: 1 is linear, 2 is quadratic."""
    return linear_regression([log(size) for size in SIZES], [log(median(times[size])) for size in SIZES]).slope
