"""Keys that come before the one ahead of them has taken effect wait until it has.

Textual hands a key to what has the focus when it is read, and moves the focus some messages later: of `/abc`, read in one
go as from a paste, a script or a busy machine, all but the first character would be commands. So after a key that may
lead elsewhere a mark is sent the way the key goes. What is typed meanwhile is handed on once the mark is back and the
screen drawn, and the focus is where it was the last time.
"""

from __future__ import annotations

from asyncio import TimerHandle
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

from textual.events import Event, Key, Paste
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from .textual_hacks import PatchedApp

Typed: TypeAlias = Key | Paste

_MOVES = frozenset({'up', 'down', 'left', 'right', 'pageup', 'pagedown', 'home', 'end', 'j', 'k'})
"""Keys that stay where they are, and that a terminal repeats while they are held down."""

_PATIENCE = 1.0
"""Seconds that a mark is waited for: a widget that is taken away takes with it what it was sent."""


class KeyMark(Message):
    """Goes the way of a key, behind it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class TypingAhead:
    """What was typed and is not handed on yet."""

    def __init__(self, app: PatchedApp[Any], hand_on: Callable[[Event], Awaitable[None]]) -> None:
        self._app = app
        self._hand_on = hand_on
        self._waiting: deque[Typed] = deque()
        self._number = 0
        """Of the mark that is on its way."""
        self._patience: TimerHandle | None = None
        """Ends the waiting for that mark; None while nothing has to wait."""
        self._before: tuple[Screen[Any], Widget | None] | None = None
        """What had the keys when the last mark came back."""

    async def take(self, typed: Typed) -> None:
        """Hand on what was typed, now or when its turn has come."""
        if self._patience is not None:
            self._waiting.append(typed)
        elif self._may_lead_elsewhere(typed):
            target, self._before = self._target, None
            await self._hand_on(typed)
            self._send_mark(target)
        else:
            await self._hand_on(typed)

    @property
    def _target(self) -> Widget:
        """What has the keys."""
        return self._app.focused or self._app.screen

    def _may_lead_elsewhere(self, typed: Typed) -> bool:
        if isinstance(typed, Paste) or typed.key in _MOVES:
            return False
        focused = self._app.focused
        return focused is None or not focused.check_consume_key(typed.key, typed.character)

    def _send_mark(self, target: Widget) -> None:
        self._number += 1
        target.post_message(KeyMark(self._number))
        if self._patience is not None:
            self._patience.cancel()
        self._patience = self._app.call_in(_PATIENCE, partial(self._release, self._number))

    def mark_came_back(self, mark: KeyMark) -> None:
        """The key has been dealt with; what it began may still be on its way through the app and the screen."""
        # Back between two messages of the app, where keys are taken: none can come by while others are let go.
        if self._app.screen_stack:
            self._app.call_later(self._app.screen.call_after_refresh, self._app.call_next, self._look, mark.number)

    async def _look(self, number: int) -> None:
        if number != self._number or not self._app.screen_stack:
            # The app may have been ended by that key.
            return
        here = self._app.screen, self._app.focused
        if here == self._before:
            await self._release(number)
        else:
            self._before = here
            self._send_mark(self._target)

    async def _release(self, number: int) -> None:
        if number != self._number or self._patience is None:
            return
        self._patience.cancel()
        self._patience = None
        while self._waiting and self._patience is None and self._app.screen_stack:
            await self.take(self._waiting.popleft())
