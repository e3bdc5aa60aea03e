"""Two recordings beside each other, run by run, whoever asks for it: the command line or the list of recordings."""

from __future__ import annotations

from pathlib import Path

from pydantic_ai_debug.model.comparison import Comparison, Session, session_comparisons
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.recording import EventLog, RecordingError


def compared_recordings(left: EventLog, right: EventLog) -> tuple[Comparison, ...]:
    """The runs of two recordings, those in the same place side by side.

    Raises:
        RecordingError: where there is nothing to compare.
    """
    comparisons = session_comparisons(_session(left, right), _session(right, left))
    if not comparisons:
        raise RecordingError(f'{left.path} and {right.path} have no runs that could be compared')
    return comparisons


def _session(log: EventLog, other: EventLog) -> Session:
    state = SessionState()
    for record in log.records():
        state = reduce(state, record)

    def recall(seq: int) -> Event:
        return log.record(seq).event

    path, other_path = log.path or Path(), other.path or Path()
    return Session(path.name if path.name != other_path.name else str(path), state, recall)
