"""Restarts: the session is ended and another one started, in a thread, since ending may take a second."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from textual.app import App

from pydantic_ai_debug.recording import RecordingError
from pydantic_ai_debug.session import LaunchError, Session

SessionFactory: TypeAlias = Callable[[], Session]
"""Makes the session of a restart, not yet started."""


class Restarts:
    """One after the other: while one is going on, no other begins."""

    def __init__(
        self,
        app: App[int],
        new_session: SessionFactory | None,
        restarted: Callable[[Session], None],
        failed: Callable[[str], None],
    ) -> None:
        """Start nothing yet.

        Args:
            app: Whose thread is told how it went.
            new_session: Makes the new session; None where nothing can be restarted.
            restarted: Called with the new session, which has started.
            failed: Called with the reason where there is none. The old one has ended.
        """
        self._app = app
        self._new_session = new_session
        self._restarted = restarted
        self._failed = failed
        self._going_on = False
        self.count = 0
        """How many there were."""

    def begin(self, session: Session) -> bool:
        """End a session and start another; False where that can't be, or is going on already."""
        if self._new_session is None or self._going_on:
            return False
        self._going_on = True
        self._app.run_worker(partial(self._restart, session, self._new_session), thread=True, group='restart')
        return True

    def _restart(self, ended: Session, new_session: SessionFactory) -> None:
        ended.on_change = None
        ended.terminate()
        try:
            session = new_session()
            session.start()
        except (LaunchError, RecordingError) as error:
            self._app.call_from_thread(self._end, partial(self._failed, str(error)))
        else:
            self.count += 1
            self._app.call_from_thread(self._end, partial(self._restarted, session))

    def _end(self, tell: Callable[[], None]) -> None:
        self._going_on = False
        tell()
