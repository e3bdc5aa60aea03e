"""An app on a recording, or on a session that a test plays itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from snapshots import screen_text
from textual.pilot import Pilot
from textual.strip import Strip

from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.protocol.commands import Command
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.screens.main import MainScreen

RECORDINGS = Path(__file__).parents[1] / 'recordings'


class PlayedSession:
    """Stands in for a session: a test says what the child reports, and sees what it was asked."""

    def __init__(self) -> None:
        self.log = EventLog.create(None)
        self.sent: list[Command] = []
        self.typed: list[str | None] = []
        self.on_change: Callable[[], None] | None = None
        self.ended = False
        self.probes = 0
        """How often it was asked for a sign of life."""
        self.unanswered = 0.0
        self._time = 0.0

    def start(self) -> None: ...

    def report(self, *events: Event) -> None:
        for event in events:
            self._time += 0.1
            self.log.append([encode_event(event, self._time)])
        if self.on_change is not None:
            self.on_change()

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def probe(self) -> None:
        self.probes += 1

    def write_stdin(self, text: str) -> None:
        self.typed.append(text)

    def close_stdin(self) -> None:
        self.typed.append(None)

    def elapsed(self) -> float:
        return self._time

    @property
    def running(self) -> bool:
        return not self.ended

    def terminate(self) -> None:
        self.ended = True


def recording_app(name: str) -> DebuggerApp:
    return DebuggerApp(EventLog.open(RECORDINGS / f'{name}.jsonl'))


def played_app(session: PlayedSession, new_session: Callable[[], PlayedSession] = PlayedSession) -> DebuggerApp:
    return DebuggerApp(session.log, session, new_session)  # type: ignore[arg-type]


def main_screen(app: DebuggerApp) -> MainScreen:
    assert app.main is not None
    return app.main


async def until(pilot: Pilot[int], condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Let the app work until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f'never came true; the screen is\n{screen_text(pilot.app)}'
        await pilot.pause()
        await asyncio.sleep(0.005)


async def settled(pilot: Pilot[int]) -> None:
    """Wait until everything that was reported is drawn and nothing moves."""
    app = pilot.app
    assert isinstance(app, DebuggerApp)
    await until(pilot, lambda: app.main is not None and app.main.situation.state.count == len(app._feed.log))
    # A screen that has just been put up has no size before it is laid out.
    await until(pilot, lambda: bool(app.screen._compositor.size))
    # By its styles as well: a bar that goes away leaves a blank behind where it drew one.
    before: list[Strip] = []
    strips = app.screen._compositor.render_strips()
    while strips != before:
        await pilot.pause()
        await asyncio.sleep(0.05)
        before, strips = strips, app.screen._compositor.render_strips()
