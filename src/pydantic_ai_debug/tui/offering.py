"""Agents to run by hand, where the script has started no run by itself."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.commands import Command, Leave, StartRun
from pydantic_ai_debug.protocol.events import AgentInfo


class AgentOffers:
    """Of one session. Opens the screen on which an agent is chosen, and closes it when it is out of date."""

    def __init__(self, app: App[int], send: Callable[[Command], None], state: SessionState) -> None:
        self._app = app
        self._send = send
        self._state = state
        self._seen: tuple[AgentInfo, ...] | None = None
        self._answer: StartRun | None = None
        """What the last run was started with, to begin the next one from."""

    def update(self, state: SessionState) -> None:
        """Ask for a run where one is offered; after a run, its result is what the user wants to see first."""
        self._state = state
        if state.offered is self._seen:
            return
        self._seen = state.offered
        from .screens.agents import AgentsScreen

        if isinstance(self._app.screen, AgentsScreen):
            self._app.pop_screen()
        if state.offered and (state.offer_message or not state.runs):
            self.do_start_run()

    def do_start_run(self) -> None:
        from .screens.agents import AgentsScreen

        state = self._state
        if state.offered:
            self._app.push_screen(AgentsScreen(state.offered, state.offer_message, self._answer), self._answered)

    def _answered(self, command: Command | None) -> None:
        if isinstance(command, StartRun):
            self._answer = command
            self._send(command)
        elif isinstance(command, Leave) and not self._state.runs:
            self._send(command)
