"""Searching all that the session has told: in a thread, one search at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import App
from textual.worker import Worker, get_current_worker  # pyright: ignore[reportUnknownVariableType]  it lacks an argument

from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.tui.messages import FieldMessage

if TYPE_CHECKING:
    from pydantic_ai_debug.session.search import Found

_GROUP = 'search'


class SessionSearch:
    """Searches for the app, and posts to it what is found."""

    class Told(FieldMessage):
        """What a search has found, so far or in all; posted from its thread."""

        query: str
        found: Found

    def __init__(self, app: App[int]) -> None:
        self._app = app

    def find(self, log: EventLog, state: SessionState, query: str) -> None:
        """Look for a text, unless it is empty; a search that is still at it is given up."""
        if query:
            search = partial(self._search, log, state, query)
            self._app.run_worker(search, thread=True, group=_GROUP, exclusive=True)
        else:
            self._app.workers.cancel_group(self._app, _GROUP)  # pyright: ignore[reportUnknownMemberType]

    def _search(self, log: EventLog, state: SessionState, query: str) -> None:
        from pydantic_ai_debug.session.search import search_session

        worker = cast('Worker[None]', get_current_worker())

        def show(found: Found) -> None:
            if not worker.is_cancelled:
                self._app.post_message(self.Told(query, found))

        show(search_session(log, state, query, lambda: worker.is_cancelled, show))
