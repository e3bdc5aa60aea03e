"""What is posted while a node streams, and how it becomes events in the writer thread.

Consecutive deltas of one part are merged into one line, which keeps their times and lengths: a stream of thousands of
tokens a second then costs the parent some sixty lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, TypeAlias, cast

from pydantic_ai.messages import (
    PartDeltaEvent,
    TextPartDelta,
    ThinkingPartDelta,
    ToolCallPartDelta,
)

from pydantic_ai_debug.protocol.events import Event, Fault, Stream

from .channel import Posted
from .wire import stream_event_json


class StreamItem(NamedTuple):
    """A stream event as it came, not serialised yet."""

    run: str
    node: int
    event: object


Deferred: TypeAlias = Callable[[], Event | None]
"""An event whose making can wait for the writer thread, such as one that needs the price of a model."""


def render(posted: list[Posted]) -> Iterable[tuple[float, Event]]:
    """Turn what was posted into events, in order."""
    series = _Series()
    for at, item in posted:
        if type(item) is StreamItem:
            text = _text(item.event)
            if not series.takes(item, text):
                yield from series.closed()
            series.add(at, item, text)
            continue
        yield from series.closed()
        if callable(item):
            yield from _made(at, cast(Deferred, item))
        else:
            yield at, cast(Event, item)
    yield from series.closed()


def _made(at: float, deferred: Deferred) -> Iterator[tuple[float, Event]]:
    try:
        event = deferred()
    except Exception as error:  # noqa: BLE001 - a fault of ours is reported and the script goes on
        event = Fault(f'an event could not be made: {type(error).__name__}: {error}')
    if event is not None:
        yield at, event


class _Series:
    """Stream events that become one line: a single one of any kind, or consecutive deltas of one part."""

    def __init__(self) -> None:
        self._first: StreamItem | None = None
        self._times: list[float] = []
        self._texts: list[str] = []

    def takes(self, item: StreamItem, text: str | None) -> bool:
        """Whether the next item belongs to the series; `text` is what it adds, if that is all it does."""
        first = self._first
        if first is None or text is None or not self._texts:
            return first is None
        if first.run != item.run or first.node != item.node:
            return False
        before, after = cast(PartDeltaEvent, first.event), cast(PartDeltaEvent, item.event)
        return before.index == after.index and type(before.delta) is type(after.delta)

    def add(self, at: float, item: StreamItem, text: str | None) -> None:
        if self._first is None:
            self._first = item
        self._times.append(at)
        if text is not None:
            self._texts.append(text)

    def closed(self) -> Iterator[tuple[float, Event]]:
        """The series as an event, where there is one, and begin anew."""
        first, times, texts = self._first, self._times, self._texts
        self._first, self._times, self._texts = None, [], []
        if first is None:
            return
        event = first.event
        if not texts:
            yield times[0], Stream(first.run, first.node, stream_event_json(event))
            return
        if len(texts) > 1:
            event = _with_text(cast(PartDeltaEvent, event), ''.join(texts))
        merged_times = tuple(round(time, 6) for time in times)
        yield times[0], Stream(first.run, first.node, stream_event_json(event), merged_times, tuple(map(len, texts)))


def _text(event: object) -> str | None:
    """The text a stream event adds to a part, where that is all it does."""
    if type(event) is not PartDeltaEvent:
        return None
    delta = event.delta
    match delta:
        case TextPartDelta():
            return delta.content_delta if delta.provider_details is None else None
        case ThinkingPartDelta():
            plain = delta.signature_delta is None and delta.provider_details is None
            return delta.content_delta if plain else None
        case ToolCallPartDelta():
            plain = isinstance(delta.args_delta, str) and delta.tool_name_delta is None
            return cast(str, delta.args_delta) if plain else None
        case _:
            return None


def _with_text(event: PartDeltaEvent, text: str) -> PartDeltaEvent:
    delta = event.delta
    longer = (
        replace(delta, args_delta=text) if isinstance(delta, ToolCallPartDelta) else replace(delta, content_delta=text)
    )
    return replace(event, delta=longer)
