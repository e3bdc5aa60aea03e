"""States of a recording that are kept on the way, so that going back need not begin at its first event.

A state shares with the one after it all that did not change, so keeping one costs what has changed since the last.
"""

from __future__ import annotations

from bisect import bisect_right

from .state import SessionState

EVERY_EVENTS = 1000
EVERY_BYTES = 512 * 1024
"""At most so much lies between two of them, which is what going back reads and folds, unless one event is longer."""


class Checkpoints:
    """Kept states, in order."""

    def __init__(self, first: SessionState) -> None:
        self._states = [first]
        self._counts = [first.count]
        self._position = 0

    def note(self, state: SessionState, position: int) -> None:
        """Keep a state where it is time to.

        Args:
            state: The newest one.
            position: How many bytes of the recording it has taken.
        """
        if state.count - self._counts[-1] >= EVERY_EVENTS or position - self._position >= EVERY_BYTES:
            self._states.append(state)
            self._counts.append(state.count)
            self._position = position

    def last_before(self, place: int) -> SessionState:
        """The newest kept state that no more than so many events have led to."""
        return self._states[bisect_right(self._counts, place) - 1]
