"""What one stop and its resume take, driven without a screen: answered as soon as the stop arrives."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from programs import AGENT_RUN, bare, printed
from table import Row, milliseconds, yes_or_no

from pydantic_ai_debug.protocol.commands import Launch, StepOver
from pydantic_ai_debug.protocol.events import Stopped
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session import LaunchPlan, Session

ROUNDS = 100
GOAL = 0.003
DEADLINE = 120.0


@dataclass
class Times:
    bare: list[float] = field(default_factory=list[float])
    """Seconds of the run alone."""
    per_stop: list[float] = field(default_factory=list[float])
    """Seconds that the same run takes longer when it is stepped, all that the debugger costs included, by the stop."""
    stops: int = 0


def measure(rounds: int) -> Times:
    times = Times()
    for _ in range(rounds):
        times.bare += bare(AGENT_RUN, 'rounds', str(ROUNDS))
        taken, times.stops = _stepped()
        times.per_stop.append((taken - times.bare[-1]) / times.stops)
    return times


def _stepped() -> tuple[float, int]:
    """Seconds of the run, stepped from boundary to boundary, and how many there were."""
    launch = Launch(
        kind='script',
        target=str(AGENT_RUN),
        attribute=None,
        argv=('rounds', str(ROUNDS)),
        started=0.0,
        stop_on_entry=True,
        interactive=True,
    )
    with TemporaryDirectory() as directory:
        recording = Path(directory, 'recording.jsonl')
        session = Session(LaunchPlan(sys.executable, launch, str(AGENT_RUN)), EventLog.create(recording))
        stepper = _Stepper(session)
        session.on_change = stepper.look
        session.start()
        try:
            if not session.wait(DEADLINE):
                raise TimeoutError(f'the run was not stepped to its end within {DEADLINE} s')
        finally:
            session.terminate()
        return float(printed(recording).splitlines()[-1]), stepper.stops


class _Stepper:
    """Answers each stop with a step. Called by the session's reader thread, once anything comes."""

    def __init__(self, session: Session) -> None:
        self.stops = 0
        self._session = session
        self._seen = 0

    def look(self) -> None:
        for record in self._session.log.records(self._seen):
            self._seen = record.seq + 1
            if isinstance(record.event, Stopped):
                self.stops += 1
                self._session.send(StepOver(record.event.run))


def report(times: Times) -> list[Row]:
    taken = median(times.per_stop)
    what = f'one stop and its resume, without a screen ({times.stops} stops in a run of {milliseconds(median(times.bare))})'
    return [Row(what, '–', milliseconds(taken), '–', f'<= {milliseconds(GOAL)}', yes_or_no(taken <= GOAL))]
