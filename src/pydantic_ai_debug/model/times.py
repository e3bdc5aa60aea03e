"""How long things took, less the time they spent waiting for the user."""

from __future__ import annotations

from .state import RunState, SessionState


def run_time(state: SessionState, run: RunState, now: float) -> float:
    """Seconds a run was at work until `now`, its own stops and those of the runs below it not counted."""
    waited = 0.0
    end = now if run.ended is None else run.ended
    below = [run]
    while below:
        member = below.pop()
        waited += member.waited
        if run.ended is None and member.paused_since is not None:
            end = min(end, member.paused_since)
        below += [state.runs[child] for child in member.children]
    return max(end - run.started - waited, 0.0)
