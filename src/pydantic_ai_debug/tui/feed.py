"""Folds the event log into the state in small slices, so that keys stay fluid however much arrives."""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.events import Record
from pydantic_ai_debug.recording import EventLog

_CLOCK_EVERY = 16
"""Events between two looks at the clock."""
_SLICE = 1024
"""Events read at once: not many more than the budget allows for, since what is read and not folded is read again."""


class Feed:
    """The newest state of a log that may still grow."""

    def __init__(
        self, log: EventLog, target: str = '', on_folded: Callable[[SessionState, Record], None] | None = None
    ) -> None:
        """Fold nothing yet.

        Args:
            log: What is folded.
            target: What is debugged, until the log says it.
            on_folded: Called with each event and the state after it.
        """
        self.log = log
        self.state = SessionState(target=target)
        self._on_folded = on_folded

    @property
    def behind(self) -> bool:
        """Whether there are events that the state does not know yet."""
        return self.state.count < len(self.log)

    def advance(self, budget: float) -> bool:
        """Fold events for about `budget` seconds; whether there were any."""
        start = self.state.count
        deadline = time.monotonic() + budget
        state = self.state
        for record in self.log.records(start, start + _SLICE):
            state = reduce(state, record)
            if self._on_folded is not None:
                self._on_folded(state, record)
            if state.count % _CLOCK_EVERY == 0 and time.monotonic() > deadline:
                break
        self.state = state
        return state.count > start
