"""Whether several consumers read one stream at the same time, each of which then gets only some of its events.

pydantic-ai lets them take turns by a lock. A consumer that left early may still hold it or wait for it when the next one
begins, but for one turn alone.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import current_task
from types import FrameType
from typing import Any, Protocol, cast
from weakref import ref

from pydantic_ai import result

_LOOKED_AT = 64
"""Events at the beginning of a stream; consumers of its whole take turns from there."""

_TURNS = 3
"""How many turns running somebody else has to wait, until that is no consumer that left."""

_MOST_FRAMES = 24
_PULLING = frozenset({'_pull_shared', '_events_iter'})
"""Methods of `AgentStream` that pull under its lock, in 2.x and 1.x."""


class _Statistics(Protocol):
    tasks_waiting: int


class _Lock(Protocol):
    """anyio's."""

    def statistics(self) -> _Statistics: ...


class SharedPulls:
    """Looks on at the first events of one stream."""

    def __init__(self) -> None:
        self._lock: _Lock | None = None
        self._consumer: ref[asyncio.Task[Any]] | None = None
        """The task that the last event came to."""
        self._pulls = 0
        self._waited_for = 0

    @property
    def is_shared(self) -> bool:
        return self._waited_for >= _TURNS

    def look(self) -> bool:
        """An event has come to one of the consumers, in whose task this is called. Whether to look again."""
        self._pulls += 1
        try:
            task = current_task()
        except RuntimeError:
            # Another kind of event loop.
            task = None
        before = self._consumer
        if task is not None and (before is None or before() is task):
            if before is None:
                self._consumer = ref(task)
            # Whoever waits has the next turn.
            self._waited_for = 0
            return self._pulls < _LOOKED_AT
        if task is not None:
            self._consumer = ref(task)
        if self._lock is None:
            self._lock = _lock_of(sys._getframe(1))  # pyright: ignore[reportPrivateUsage]
        if self._lock is None:
            # A version that has none raises where a stream is read twice.
            return False
        self._waited_for = self._waited_for + 1 if self._lock.statistics().tasks_waiting else 0
        return self._pulls < _LOOKED_AT and not self.is_shared


def _lock_of(frame: FrameType | None) -> _Lock | None:
    """The lock of the stream that is pulled by one of these frames."""
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return None
        code = frame.f_code
        if code.co_name in _PULLING and code.co_filename == result.__file__:
            lock = getattr(frame.f_locals.get('self'), '_anext_lock', None)
            return cast('_Lock | None', lock)
        frame = frame.f_back
    return None
