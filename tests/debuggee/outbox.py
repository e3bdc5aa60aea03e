"""A channel that keeps what is posted, with a time that a test gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from pydantic_ai_debug.debuggee.channel import Growing, Posted
from pydantic_ai_debug.debuggee.deltas import StreamItem, StreamPosts


class KeptOutbox:
    """Stands for the channel: each item, and each delta, comes at the next of these times, by default a second later."""

    def __init__(self, times: Iterable[float] | None = None) -> None:
        self.open = True
        self.started_at = 0.0
        self._times: Iterator[float] = iter(times) if times is not None else map(float, count())
        self._now = 0.0
        self._posted: list[Posted] = []
        self._runs: dict[str, StreamPosts] = {}

    def clock(self) -> float:
        self._now = next(self._times)
        return self._now

    def post(self, item: object) -> None:
        self._posted.append((self._now, item))

    def receive(self, item: object) -> None:
        """A stream event passes in its run, or another event is reported of it."""
        run = getattr(item, 'run', '')
        posts = self._runs.setdefault(run, StreamPosts(run, self))
        if isinstance(item, StreamItem):
            posts.post(item.node, item.event)
        else:
            posts.end_series()
            self.post(item)

    def take(self) -> list[Posted]:
        """What was posted since it was last taken, as the writer thread gets it."""
        posted, self._posted = self._posted, []
        return [(at, item.take() if isinstance(item, Growing) else item) for at, item in posted]
