"""The screen. Draws the state that events are folded into, and turns keys into commands. Never runs user code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_ai_debug.recording import EventLog
    from pydantic_ai_debug.session import Session


def run_session(new_session: Callable[[], Session], session: Session) -> int:
    """Show a session that was started, and those that restart it, until the user leaves; returns the exit status.

    Args:
        new_session: Makes the session of a restart, on a log of its own and not yet started.
        session: The first session.
    """
    from .app import DebuggerApp
    from .panes import PANES
    from .terminal import run_guarded

    app = DebuggerApp(session.log, PANES, session, new_session)
    return run_guarded(app, lambda: app.session.terminate() if app.session is not None else None)


def run_recording(log: EventLog) -> int:
    """Show a recording until the user leaves; returns the exit status."""
    from .app import DebuggerApp
    from .panes import PANES
    from .terminal import run_guarded

    return run_guarded(DebuggerApp(log, PANES))
