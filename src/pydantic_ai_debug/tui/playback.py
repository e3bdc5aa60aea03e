"""A recording on the main screen: read in the background, gone through by keys, played.

Between the scrubber and the screen it decides when something has to be drawn. It knows the app's timers and workers;
where one is, and what was then, is the scrubber's matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread
from typing import Protocol

from textual.app import App
from textual.timer import Timer

from pydantic_ai_debug.model.moments import Moment
from pydantic_ai_debug.model.reduce import with_kind
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.recording import EventLog

from .commands import Situation
from .playing import Player
from .present.literal import literal
from .scrubbing import MOVES, Move, Scrubber

_FRAME = 1 / 30


class ShowsRecordings(Protocol):
    """The main screen, as far as it matters here."""

    @property
    def situation(self) -> Situation: ...

    def hint(self, text: str) -> None: ...

    def show_recorded(
        self, state: SessionState, moment: Moment | None, *, playing: bool, read: float | None, moved: bool
    ) -> None: ...


class Playback:
    """Of one recording."""

    def __init__(
        self, app: App[int], main: ShowsRecordings, log: EventLog, target: str, on_change: Callable[[], None]
    ) -> None:
        """Read nothing yet.

        Args:
            app: Whose timers and threads are used.
            main: Where the recording is shown.
            log: The recording, of which only the beginning may be known.
            target: What was debugged, until the recording says it.
            on_change: Called, in another thread, when more of the recording is known.
        """
        self.scrubber = Scrubber(log, target)
        self._app = app
        self._main = main
        self._log = log
        self._on_change = on_change
        self._player: Player | None = None
        self._timer: Timer | None = None
        self._damage_reported = False
        self._drawn_unread = True
        """Whether more was to be read when it was drawn last."""

    def start(self) -> None:
        """Read the recording, now that the screen is there."""
        if not self._log.indexed:
            Thread(target=self._index, name='agent-debug-index', daemon=True).start()

    def _index(self) -> None:
        while self._log.index_more():
            self._on_change()
        self._on_change()

    @property
    def just_read(self) -> bool:
        """Whether the end of the recording was reached since it was drawn last."""
        return self._drawn_unread and not self.scrubber.reading

    def draw(self, *, moved: bool = False) -> None:
        """Show where one is; `moved` where the user has gone there."""
        scrubber = self.scrubber
        self._drawn_unread = scrubber.reading
        self._report_damage()
        state, moment = scrubber.state, scrubber.moment
        if moment is not None and moment.row is not None and moment.row.run is not None:
            state = with_kind(state, moment.row.run, moment.row.node or 0, moment.kind)
        self._main.show_recorded(
            state,
            moment,
            playing=self._player is not None,
            read=scrubber.progress if scrubber.reading else None,
            moved=moved,
        )

    def _report_damage(self) -> None:
        damage = self._log.damage
        if damage is not None and not self._damage_reported:
            self._damage_reported = True
            self._app.notify(
                literal(f'{damage}; everything before that is here.' if len(self._log) else damage, 300),
                title='Not the whole recording',
                severity='warning',
                timeout=8,
                markup=False,
            )

    def move(self, command: str) -> bool:
        """Go where a command goes, or say why that cannot be done; False where it goes nowhere."""
        for move in MOVES:
            if move == command:
                self._go(move)
                return True
        return False

    def _go(self, move: Move) -> None:
        problem = self.scrubber.move(move, self._main.situation.selected)
        if problem:
            self._main.hint(problem)
        else:
            self.draw(moved=True)

    def play(self, on: bool) -> None:
        """Play on from where one is, from the beginning where that is the end; or stay where one is."""
        if not on:
            self._stop()
        elif self._player is None:
            if self.scrubber.moment is None:
                self.scrubber.go_to_start()
            self._player = Player(self.scrubber, time.monotonic())
            self._timer = self._app.set_interval(_FRAME, self._tick)
        self.draw(moved=on)

    def _tick(self) -> None:
        before = self.scrubber.state
        if self._player is not None and not self._player.advance(time.monotonic()):
            self._stop()
        if self.scrubber.state is not before or self._player is None:
            self.draw()

    def _stop(self) -> None:
        self._player = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
