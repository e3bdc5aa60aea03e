"""What was opened of a run's objects beyond their pictures, and what is said of what was not."""

from __future__ import annotations

from collections.abc import Callable

from pydantic_ai_debug.model.details import Recall
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.events import ValueOpened
from pydantic_ai_debug.protocol.values import Value, ValueRoot
from pydantic_ai_debug.tui.present.value_entries import Deeper, Wanted

ASKING = 'asking the script …'
RUNNING = 'the picture stops here; it can be opened while the run is paused'
RECORDED = 'the picture stops here; a recording holds no more'


class OpenedValues:
    """Of one root, from a place of the stream on: what was asked for is asked once."""

    def __init__(self, recall: Recall, root: ValueRoot, want: Callable[[str, Wanted], None]) -> None:
        """Create it.

        Args:
            recall: Gives the event at a place of the stream.
            root: Which of a run's objects it is about.
            want: Asks the child for a part of an object of a run.
        """
        self._recall = recall
        self._root: ValueRoot = root
        self._want = want
        self._asked: set[tuple[int, str, Wanted]] = set()

    def deeper(self, state: SessionState, run: str, since: int, *, can_ask: bool, live: bool) -> Deeper:
        """What is known since a place, and a way to ask for more."""
        pages: dict[Wanted, Value | None] = {}
        for place in reversed(state.opened):
            if place < since:
                break
            event = self._recall(place)
            if isinstance(event, ValueOpened) and event.run == run and event.root == self._root:
                pages.setdefault(Wanted(event.root, event.path, event.start), event.value)

        def ask(wanted: Wanted) -> str:
            if not can_ask:
                return RUNNING if live else RECORDED
            key = (since, run, wanted)
            if key not in self._asked:
                self._asked.add(key)
                self._want(run, wanted)
            return ASKING

        return Deeper(ask, pages)
