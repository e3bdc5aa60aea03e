"""How the time of a run grows with its rounds: pydantic-ai's own grows faster than they do, and ours must not add to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log
from statistics import linear_regression, median

from programs import AGENT_RUN, bare, debugged
from table import Row, compared, yes_or_no

SIZES = (50, 100, 200, 400)
WARM_UP = 20
"""Rounds of a run before those that count: what is paid once in a process is no growth."""
TOLERANCE = 0.05
"""How much an exponent differs between two measurements of one thing."""


@dataclass
class Times:
    """Seconds by number of rounds, one per round of the measurement."""

    bare: dict[int, list[float]] = field(default_factory=lambda: {size: [] for size in SIZES})
    debugged: dict[int, list[float]] = field(default_factory=lambda: {size: [] for size in SIZES})


def measure(rounds: int) -> Times:
    times = Times()
    sizes = ['rounds', *map(str, (WARM_UP, *SIZES))]
    for _ in range(rounds):
        for kept, (_, *seconds) in (
            (times.bare, bare(AGENT_RUN, *sizes)),
            (times.debugged, debugged(AGENT_RUN, *sizes)),
        ):
            for size, taken in zip(SIZES, seconds, strict=True):
                kept[size].append(taken)
    return times


def report(times: Times) -> list[Row]:
    rows = [compared(f'{size} rounds, in a warm process', times.bare[size], times.debugged[size]) for size in SIZES]
    theirs, ours = _exponent(times.bare), _exponent(times.debugged)
    met = yes_or_no(ours <= theirs + TOLERANCE)
    goal = f'<= bare + {TOLERANCE}'
    return [*rows, Row('growth: exponent of time over rounds', f'{theirs:.2f}', f'{ours:.2f}', '–', goal, met)]


def _exponent(times: dict[int, list[float]]) -> float:
    """The slope of a line through the medians, both axes logarithmic: 1 is linear, 2 is quadratic."""
    return linear_regression([log(size) for size in SIZES], [log(median(times[size])) for size in SIZES]).slope
