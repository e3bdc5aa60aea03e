"""What a tool-calling run of many rounds takes under the debugger, going on at every boundary and recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

from programs import AGENT_RUN, bare, debugged
from table import Row, compared

ROUNDS = 200
GOAL = 1.10


@dataclass
class Times:
    """Seconds of the run alone, one per round of the measurement."""

    streaming: list[float] = field(default_factory=list[float])
    instrumented: list[float] = field(default_factory=list[float])
    debugged: list[float] = field(default_factory=list[float])
    whole: list[float] = field(default_factory=list[float])
    """Responses that come whole: the script has no stream handler."""
    whole_debugged: list[float] = field(default_factory=list[float])
    streamed_for: list[float] = field(default_factory=list[float])
    """The same, with the debugger streaming on the script's behalf."""


def measure(rounds: int) -> Times:
    times = Times()
    size = ['rounds', str(ROUNDS)]
    for _ in range(rounds):
        times.streaming += bare(AGENT_RUN, *size)
        times.instrumented += bare(AGENT_RUN, *size, '--instrumented')
        times.debugged += debugged(AGENT_RUN, *size)
        times.whole += bare(AGENT_RUN, *size, '--no-handler')
        times.whole_debugged += debugged(AGENT_RUN, *size, '--no-handler', options=['--no-stream'])
        times.streamed_for += debugged(AGENT_RUN, *size, '--no-handler', options=['--stream'])
    return times


def report(times: Times) -> list[Row]:
    run = f'{ROUNDS} rounds, a tool call each'
    return [
        compared(f'{run}, streaming, recorded', times.streaming, times.debugged, GOAL),
        compared(
            "reference: the same run under pydantic-ai's OpenTelemetry capability", times.streaming, times.instrumented
        ),
        compared(
            f'{run}, made to stream, beside the script that streams itself', times.streaming, times.streamed_for, GOAL
        ),
        compared(f'{run}, not streaming, `--no-stream`', times.whole, times.whole_debugged),
        compared('reference: streaming itself, beside not streaming, no debugger', times.whole, times.streaming),
    ]
