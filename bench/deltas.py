"""What a long streamed response takes under the debugger, every delta of it captured."""

from __future__ import annotations

from dataclasses import dataclass, field

from programs import AGENT_RUN, bare, debugged
from table import Row, compared

DELTAS = 20_000
GOAL = 1.10


@dataclass
class Times:
    """Seconds of the run alone, one per round of the measurement."""

    bare: list[float] = field(default_factory=list[float])
    instrumented: list[float] = field(default_factory=list[float])
    debugged: list[float] = field(default_factory=list[float])


def measure(rounds: int) -> Times:
    times = Times()
    size = ['deltas', str(DELTAS)]
    for _ in range(rounds):
        times.bare += bare(AGENT_RUN, *size)
        times.instrumented += bare(AGENT_RUN, *size, '--instrumented')
        times.debugged += debugged(AGENT_RUN, *size)
    return times


def report(times: Times) -> list[Row]:
    return [
        compared(f'a response of {DELTAS:,} deltas, each captured, recorded', times.bare, times.debugged, GOAL),
        compared(
            "reference: the same response under pydantic-ai's OpenTelemetry capability, which captures none",
            times.bare,
            times.instrumented,
        ),
    ]
