"""`--compare`: two recordings, run by run, side by side on the screen or as text."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic_ai_debug.model.comparison import Comparison, Session, session_comparisons
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.recording import EventLog, RecordingError

from .errors import UsageError, complain_of_damage


def compare_recordings(left: Path, right: Path, *, headless: bool) -> int:
    """Show two recordings beside each other; the exit code.

    Raises:
        UsageError: where one cannot be read, or there is nothing to compare.
    """
    sessions = [_session(path, other) for path, other in ((left, right), (right, left))]
    comparisons = session_comparisons(*sessions)
    if not comparisons:
        raise UsageError(f'{left} and {right} have no runs that could be compared')
    if headless:
        return _print(comparisons)
    from pydantic_ai_debug.tui.comparing_app import ComparingApp
    from pydantic_ai_debug.tui.terminal import run_guarded

    return run_guarded(ComparingApp(comparisons))


def _session(path: Path, other: Path) -> Session:
    try:
        log = EventLog.open(path)
    except RecordingError as error:
        raise UsageError(str(error)) from error
    state = SessionState()
    for record in log.records():
        state = reduce(state, record)
    complain_of_damage(path, log)
    title = path.name if path.name != other.name else str(path)

    def recall(seq: int) -> Event:
        return log.record(seq).event

    return Session(title, state, recall)


def _print(comparisons: tuple[Comparison, ...]) -> int:
    from pydantic_ai_debug.tui.present.comparison_text import plain_lines

    for comparison in comparisons:
        for line in plain_lines(comparison):
            sys.stdout.buffer.write(f'{line}\n'.encode('utf-8', 'replace'))
    sys.stdout.buffer.flush()
    return 0
