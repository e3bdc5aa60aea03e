"""How long things took, less the time they spent waiting for the user."""

from __future__ import annotations

from .changes import with_changes
from .state import RunState, SessionState


def run_time(state: SessionState, run: RunState, now: float) -> float:
    """Seconds a run was at work until `now`, its own stops and those of the runs below it not counted."""
    end = run.ended
    if end is None:
        end = now if run.paused_since is None else min(now, run.paused_since)
    return max(end - run.started - run.waited, 0.0)


def with_waits(state: SessionState, run_id: str, more: int) -> SessionState:
    """The state once more stops, or fewer, wait in a run: the clocks of the runs around it stand still as well.

    Stops that wait side by side, in a run or in runs below it, are one time of waiting.
    """
    runs, found = state.runs, state.runs.get(run_id)
    seen: set[str] = set()
    # In a damaged recording a run may be inside of itself, and the beginning of the run around it may be missing.
    while found is not None and found.id not in seen:
        seen.add(found.id)
        waits = max(found.waits + more, 0)
        waited, since = found.waited, found.paused_since
        if waits and since is None:
            since = state.time
        elif not waits and since is not None:
            waited, since = waited + state.time - since, None
        runs = runs.with_item(found.id, with_changes(found, waits=waits, waited=waited, paused_since=since))
        found = runs.get(found.parent) if found.parent is not None else None
    return with_changes(state, runs=runs)
