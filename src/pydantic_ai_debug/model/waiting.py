"""Which stop the user means, of all at which something waits."""

from __future__ import annotations

from typing import NamedTuple

from .selectors import RowKey
from .state import RunState, SessionState, Stop


class WaitingStop(NamedTuple):
    """A stop, with the run that waits there."""

    run: RunState
    stop: Stop


def stop_at_row(state: SessionState, key: RowKey) -> WaitingStop | None:
    """The newest stop that a row stands for."""
    run = state.runs.get(key.run) if key.run is not None else None
    if run is None:
        return None
    stops = [stop for stop in run.stops if (stop.node, stop.call) == (key.node, key.call)]
    return WaitingStop(run, stops[-1]) if stops else None


def waiting_stop(state: SessionState, selected: RowKey) -> WaitingStop | None:
    """The stop that the user means: the selected row's, else the newest below it, of its run, or of all."""
    exact = stop_at_row(state, selected)
    if exact is not None:
        return exact
    waiting = [WaitingStop(run, run.stops[-1]) for run in state.runs.values() if run.stops]
    below = [place for place in waiting if selected.call is not None and _started_by(state, place.run, selected)]
    of_run = [place for place in waiting if place.run.id == selected.run]
    return max(below or of_run or waiting, key=lambda place: place.stop.seq, default=None)


def _started_by(state: SessionState, started: RunState, key: RowKey) -> bool:
    """Whether a run was started, itself or by others between, by a tool call."""
    seen: set[str] = set()
    run: RunState | None = started
    while run is not None and run.parent is not None and run.id not in seen:
        if (run.parent, run.parent_call) == (key.run, key.call):
            return True
        seen.add(run.id)
        run = state.runs.get(run.parent)
    return False
