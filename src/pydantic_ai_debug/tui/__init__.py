"""The screen. Draws the state that events are folded into, and turns keys into commands. Never runs user code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic_ai_debug.collector import collector_at_rest

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_ai_debug.recording import EventLog
    from pydantic_ai_debug.session import Session
    from pydantic_ai_debug.session.breakpoint_store import BreakpointStore


def run_session(
    new_session: Callable[[], Session],
    session: Session,
    store: BreakpointStore | None = None,
    watched: Path | None = None,
    *,
    restart_on_change: bool = False,
) -> int:
    """Show a session that was started, and those that restart it, until the user leaves; returns the exit status.

    Args:
        new_session: Makes the session of a restart, on a log of its own and not yet started.
        session: The first session.
        store: What is kept of the script; sessions are made with what it holds.
        watched: The script's folder, whose changes may restart it.
        restart_on_change: Whether they do from the start.
    """
    with collector_at_rest() as wake_collector:
        from .app import DebuggerApp
        from .terminal import run_guarded

        app = DebuggerApp(
            session.log,
            session,
            new_session,
            target=session.plan.target,
            store=store,
            watched=watched,
            restart_on_change=restart_on_change,
            on_first_frame=wake_collector,
        )
        return run_guarded(
            app,
            lambda: app.session.terminate() if app.session is not None else None,
            shows_secrets=session.plan.launch.show_secrets,
        )


def run_recording(log: EventLog) -> int:
    """Show a recording until the user leaves; returns the exit status."""
    with collector_at_rest() as wake_collector:
        from .app import DebuggerApp
        from .terminal import run_guarded

        target = log.path.name if log.path is not None else ''
        return run_guarded(DebuggerApp(log, target=target, on_first_frame=wake_collector))


def run_recordings(directory: Path) -> int:
    """Show the list of recordings, and what is opened or compared from it, until the user leaves it; the exit status."""
    from pydantic_ai_debug.recording import EventLog, RecordingError

    from .recordings_app import RecordingsApp
    from .terminal import run_guarded

    selected: Path | None = None
    problem = ''
    while True:
        app = RecordingsApp(directory, selected, problem)
        code = run_guarded(app)
        selected, problem = app.chosen, ''
        if code or selected is None:
            return code
        try:
            code = (
                run_recording(EventLog.open_beginning(selected)) if app.other is None else _compare(app.other, selected)
            )
        except RecordingError as error:
            problem = str(error)
            continue
        if code:
            return code


def _compare(left: Path, right: Path) -> int:
    """Show two recordings side by side until the user leaves; the exit status.

    Raises:
        RecordingError: where one cannot be read, or there is nothing to compare.
    """
    from pydantic_ai_debug.recording import EventLog
    from pydantic_ai_debug.session.compared_recordings import compared_recordings

    from .comparing_app import ComparingApp
    from .terminal import run_guarded

    return run_guarded(ComparingApp(compared_recordings(EventLog.open(left), EventLog.open(right))))
