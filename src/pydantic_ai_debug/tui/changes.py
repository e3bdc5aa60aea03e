"""Which panes have something new that was not seen yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pydantic_ai_debug.model.selectors import newest_row, node_at
from pydantic_ai_debug.model.state import RunState, SessionState


def pane_marks(state: SessionState) -> Mapping[str, object]:
    """By pane, something that differs once its newest content differs. Cheap: taken at every frame."""
    newest = newest_row(state)
    run = state.runs.get(newest.run) if newest.run is not None else None
    node = node_at(run, newest.node) if run is not None and newest.node is not None else None
    name = run.id if run is not None else None
    return {
        'Graph': newest,
        'Stream': (name, newest.node, len(node.stream) if node is not None else 0),
        'State': (name, len(run.states) + len(run.messages) if run is not None else 0),
        'Result': (name, _result_place(run) if run is not None else None),
        'Request': (name, len(run.requests) if run is not None else 0),
        'Console': len(state.output),
    }


def _result_place(run: RunState) -> int | None:
    """Where what Result shows of a run is said: its end, or the error or line that it waits at."""
    stop = run.stops[-1] if run.stops else None
    return stop.seq if stop is not None and stop.at in ('error', 'line') else run.end


class UnseenChanges:
    """Remembers what of each pane was seen."""

    def __init__(self) -> None:
        self._seen: Mapping[str, object] = pane_marks(SessionState())
        self.titles: frozenset[str] = frozenset()
        """The panes with something new."""

    def update(self, state: SessionState, visible: Collection[str]) -> None:
        marks = pane_marks(state)
        self._seen = {title: mark if title in visible else self._seen[title] for title, mark in marks.items()}
        self.titles = frozenset(title for title, mark in marks.items() if mark != self._seen[title])
