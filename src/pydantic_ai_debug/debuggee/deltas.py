"""What is posted while a node streams, and how it becomes events in the writer thread.

Consecutive deltas of one part are merged into one line, which keeps their times and lengths: a stream of thousands of
tokens a second then costs the parent some sixty lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import NamedTuple, TypeAlias, cast

from pydantic_ai.messages import (
    FinalResultEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPartDelta,
)

from pydantic_ai_debug.protocol.events import Event, Fault, Stream

from .channel import Posted
from .scrubbing import unfinished_at
from .secrets import masked
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
            if text is None:
                # Comes right after the first delta of an output, in the middle of its text.
                if type(item.event) is not FinalResultEvent:
                    yield from _released(item.run)
                item = _without_unfinished(at, item)
            series.add(at, item, text)
            continue
        yield from series.closed()
        if callable(item):
            yield from _released(None)
            yield from _made(at, cast(Deferred, item))
        else:
            yield from _released(getattr(item, 'run', None))
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
        if not texts:
            yield times[0], Stream(first.run, first.node, masked(stream_event_json(first.event)))
            return
        deltas = _without_end(_Deltas(first, times, texts))
        if deltas.texts:
            yield deltas.times[0], _merged(deltas)


class _Deltas(NamedTuple):
    """Consecutive deltas of one part."""

    first: StreamItem
    times: list[float]
    texts: list[str]


def _merged(deltas: _Deltas) -> Event:
    first, times, texts = deltas
    event = cast(PartDeltaEvent, first.event)
    if len(texts) > 1:
        event = _with_text(event, ''.join(texts))
    merged_times = tuple(round(time, 6) for time in times)
    data = masked(stream_event_json(event))
    return Stream(first.run, first.node, data, merged_times, tuple(map(len, texts)))


_held: dict[tuple[str, int, type], _Deltas] = {}
"""The last deltas of a part, where a secret may begin in them: its rest may come in another line, and no line may hold
a piece of it. They wait for the next delta of their part, or for any other event of their run."""


def _without_end(deltas: _Deltas) -> _Deltas:
    """Deltas after those that were held of their part, without those that are to be held."""
    event = cast(PartDeltaEvent, deltas.first.event)
    part = (deltas.first.run, event.index, type(event.delta))
    before = _held.pop(part, None)
    if before is not None:
        deltas = _Deltas(before.first, before.times + deltas.times, before.texts + deltas.texts)
    text = ''.join(deltas.texts)
    begin = unfinished_at(text)
    if begin == len(text):
        return deltas
    first, times, texts = deltas
    whole = length = 0
    while length + len(texts[whole]) <= begin:
        length += len(texts[whole])
        whole += 1
    held = first._replace(event=_with_text(event, texts[whole]))
    _held[part] = _Deltas(held, times[whole:], texts[whole:])
    return _Deltas(first._replace(event=_with_text(event, texts[0])), times[:whole], texts[:whole])


def _without_unfinished(at: float, item: StreamItem) -> StreamItem:
    """The start of a part without what is held of its text, which becomes a delta."""
    event = item.event
    if not isinstance(event, PartStartEvent) or not isinstance(event.part, (TextPart, ThinkingPart)):
        return item
    text = event.part.content
    begin = unfinished_at(text)
    if begin == len(text):
        return item
    kind = TextPartDelta if isinstance(event.part, TextPart) else ThinkingPartDelta
    rest = StreamItem(item.run, item.node, PartDeltaEvent(index=event.index, delta=kind(content_delta=text[begin:])))
    _held[item.run, event.index, kind] = _Deltas(rest, [at], [text[begin:]])
    return item._replace(event=replace(event, part=replace(event.part, content=text[:begin])))


def _released(run: str | None) -> Iterator[tuple[float, Event]]:
    """What is held of a run, or of all."""
    if _held:
        for part in [part for part in _held if run is None or part[0] == run]:
            deltas = _held.pop(part)
            yield deltas.times[0], _merged(deltas)


_TEXT_FIELDS: dict[type, str] = {
    TextPartDelta: 'content_delta',
    ThinkingPartDelta: 'content_delta',
    ToolCallPartDelta: 'args_delta',
}
"""The field of each kind of delta that is merged. A subclass is a kind of its own, whose fields nobody knows."""

_SAME_IN_A_PART = frozenset({'part_delta_kind', 'provider_name', 'tool_call_id'})

_OTHER_FIELDS = {
    kind: tuple(field.name for field in fields(kind) if field.name not in {text_field, *_SAME_IN_A_PART})
    for kind, text_field in _TEXT_FIELDS.items()
}
"""What else a delta may bring, such as citations: newer versions of pydantic-ai have more of them."""


def _text(event: object) -> str | None:
    """The text a stream event adds to a part, where that is all it does."""
    if type(event) is not PartDeltaEvent:
        return None
    delta = event.delta
    text_field = _TEXT_FIELDS.get(type(delta))
    if text_field is None:
        return None
    for name in _OTHER_FIELDS[type(delta)]:
        if getattr(delta, name) is not None:
            return None
    text = getattr(delta, text_field)
    return text if isinstance(text, str) else None


def _with_text(event: PartDeltaEvent, text: str) -> PartDeltaEvent:
    delta = event.delta
    longer = (
        replace(delta, args_delta=text) if isinstance(delta, ToolCallPartDelta) else replace(delta, content_delta=text)
    )
    return replace(event, delta=longer)
