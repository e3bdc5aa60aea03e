"""Plays a recording on from its moment, at the pace at which it was recorded. Knows no clock: it is told the time."""

from __future__ import annotations

from pydantic_ai_debug.protocol.events import Record

from .scrubbing import Scrubber

LONGEST_WAIT = 1.5
"""Seconds; whoever watches knows by then that nothing happens for a while."""
_MOST_AT_ONCE = 200
"""Events between two looks at the keyboard."""


class Player:
    """One playing, from where the scrubber is to the end or until it is dropped."""

    def __init__(self, scrubber: Scrubber, now: float) -> None:
        self._scrubber = scrubber
        self._now = now
        """Until when it has been played."""

    def advance(self, now: float) -> bool:
        """Let happen what is due by now; whether there is more to come."""
        scrubber = self._scrubber
        for _ in range(_MOST_AT_ONCE):
            record = scrubber.next_record()
            if record is None:
                return scrubber.reading
            due = self._now + self._wait(record)
            if due > now:
                return True
            self._now = due
            scrubber.step(record)
        # What takes longer to draw than it took to happen is not hurried after.
        self._now = now
        return True

    def _wait(self, record: Record) -> float:
        """Seconds between the last event and the next; what waits at a stop, waited for somebody."""
        state = self._scrubber.state
        if state.paused and not state.running:
            return 0.0
        return min(max(record.time - state.time, 0.0), LONGEST_WAIT)
