"""What is posted while a node streams, and how it becomes events in the writer thread.

Consecutive deltas of one part are merged into one line, which keeps their times and lengths: a stream of thousands of
tokens a second then costs the parent some sixty lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple, TypeAlias, cast

from pydantic_ai.messages import (
    BaseToolCallPart,
    FinalResultEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPartDelta,
)

from pydantic_ai_debug.protocol.events import Event, Fault, NodeFinished, RunFailed, RunFinished, Stream
from pydantic_ai_debug.protocol.written import WrittenJson

from .captures import Capture, Written
from .channel import Posted
from .pieces import TextBefore
from .scrubbing import unfinished_at
from .wire import stream_event_text


class StreamItem(NamedTuple):
    """A stream event as it came, not serialised yet."""

    run: str
    node: int
    event: object


Piece: TypeAlias = tuple[StreamItem, str]
"""The text of a delta, behind the first delta of its series: of it nothing else is kept, so that the program lets go of
the rest at once and where it was made."""


class StreamItems:
    """What is posted for the stream events of one run, made where they pass."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._first: StreamItem | None = None
        """The first of the deltas that came last, while nothing else has come."""
        self._series: tuple[int, int, type] | None = None
        """What they have in common: node, index of the part, kind of delta."""

    def item(self, node: int, event: object) -> StreamItem | Piece:
        text = _text(event)
        if text is None:
            self._first = self._series = None
            return StreamItem(self._run, node, event)
        delta_event = cast(PartDeltaEvent, event)
        series = (node, delta_event.index, type(delta_event.delta))
        first = self._first
        if first is None or series != self._series:
            self._first = first = StreamItem(self._run, node, event)
            self._series = series
        return first, text


Deferred: TypeAlias = Callable[[], Event | None]
"""An event whose making can wait for the writer thread, such as one that needs the price of a model."""


def render(posted: list[Posted]) -> Iterable[tuple[float, Event]]:
    """Turn what was posted into events, in order. Consecutive deltas of one series become one."""
    series: StreamItem | None = None
    times: list[float] = []
    texts: list[str] = []
    for at, item in posted:
        if type(item) is tuple:
            first, text = cast(Piece, item)
            if first is not series:
                yield from _closed(series, times, texts)
                series, times, texts = first, [], []
            times.append(at)
            texts.append(text)
            continue
        yield from _closed(series, times, texts)
        series = None
        if type(item) is StreamItem:
            # Comes right after the first delta of an output, in the middle of its text.
            if type(item.event) is not FinalResultEvent:
                yield from _released(item.run)
            shown = _without_unfinished(at, item)
            yield at, Stream(shown.run, shown.node, _json(shown))
        elif callable(item):
            yield from _released(None)
            yield from _made(at, cast(Deferred, item))
        else:
            event = cast(Event, item)
            yield from _released(getattr(event, 'run', None))
            _forget_parts(event)
            yield at, event
    yield from _closed(series, times, texts)


def _closed(series: StreamItem | None, times: list[float], texts: list[str]) -> Iterator[tuple[float, Event]]:
    """The event of a series, where there is one."""
    if series is not None:
        deltas = _without_end(_Deltas(series, times, texts))
        if deltas.texts:
            yield deltas.times[0], _merged(deltas)


def _made(at: float, deferred: Deferred) -> Iterator[tuple[float, Event]]:
    try:
        event = deferred()
    except Exception as error:  # noqa: BLE001 - a fault of ours is reported and the script goes on
        event = Fault(f'an event could not be made: {type(error).__name__}: {error}')
    if event is not None:
        _forget_parts(event)
        yield at, event


class _Deltas(NamedTuple):
    """Consecutive deltas of one part."""

    first: StreamItem
    times: list[float]
    texts: list[str]


def _merged(deltas: _Deltas) -> Event:
    first, times, texts = deltas
    event = _with_text(cast(PartDeltaEvent, first.event), ''.join(texts))
    data = _json(first._replace(event=event))
    # As text right away: there are thousands, and for each Python would look for the shortest one.
    times_text = Written(f'[{(",%.6f" * len(times) % tuple(times))[1:]}]')
    return Stream(first.run, first.node, data, cast('tuple[float, ...]', times_text), tuple(map(len, texts)))


def _json(item: StreamItem) -> WrittenJson:
    """A stream event without secrets: of a delta, also those whose name came before it."""
    event = item.event
    if not isinstance(event, PartDeltaEvent) or (text := _text_of_delta(event)) is None:
        return Capture(event, stream_event_text)
    parts = _sent.setdefault(item.run, {})
    part = event.index, type(event.delta)
    before = parts.get(part, _NOTHING)
    parts[part] = before.followed_by(text)
    shown = before.masked(text)
    return Capture(event if shown == text else _with_text(event, shown), stream_event_text)


_NOTHING = TextBefore()

_sent: dict[str, dict[tuple[int, type], TextBefore]] = {}
"""What was sent of the parts that stream in each run: their index, and the kind of delta they grow by."""

_held: dict[tuple[str, int, type], _Deltas] = {}
"""The last deltas of a part, where a secret may begin in them: its rest may come in another line, and no line may hold
a piece of it. They wait for the next delta of their part, or for any other event of their run."""


def _without_end(deltas: _Deltas) -> _Deltas:
    """Deltas after those that were held of their part, without those that are to be held."""
    event = cast(PartDeltaEvent, deltas.first.event)
    run, index, kind = part = (deltas.first.run, event.index, type(event.delta))
    before = _held.pop(part, None)
    if before is not None:
        deltas = _Deltas(before.first, before.times + deltas.times, before.texts + deltas.texts)
    text = ''.join(deltas.texts)
    begin = min(unfinished_at(text), _sent.get(run, {}).get((index, kind), _NOTHING).unfinished_at(text))
    if begin == len(text):
        return deltas
    first, times, texts = deltas
    whole = length = 0
    while length + len(texts[whole]) <= begin:
        length += len(texts[whole])
        whole += 1
    _held[part] = _Deltas(first, times[whole:], texts[whole:])
    return _Deltas(first, times[:whole], texts[:whole])


def _without_unfinished(at: float, item: StreamItem) -> StreamItem:
    """The start of a part without what is held of its text, which becomes a delta."""
    event = item.event
    if not isinstance(event, PartStartEvent):
        return item
    for part_kind, text_field, kind in _GROWING:
        if isinstance(event.part, part_kind):
            content = getattr(event.part, text_field)
            text = content if isinstance(content, str) else ''
            begin = min(unfinished_at(text), _NOTHING.unfinished_at(text))
            _sent.setdefault(item.run, {})[event.index, kind] = _NOTHING.followed_by(text[:begin])
            if begin == len(text):
                return item
            rest = PartDeltaEvent(index=event.index, delta=kind(**{_TEXT_FIELDS[kind]: text[begin:]}))
            _held[item.run, event.index, kind] = _Deltas(item._replace(event=rest), [at], [text[begin:]])
            return item._replace(event=replace(event, part=replace(event.part, **{text_field: text[:begin]})))
    return item


def _forget_parts(event: Event) -> None:
    """What has ended does not grow."""
    if isinstance(event, (NodeFinished, RunFinished, RunFailed)):
        _sent.pop(event.run, None)


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

_GROWING: tuple[tuple[type, str, Any], ...] = (
    (TextPart, 'content', TextPartDelta),
    (ThinkingPart, 'content', ThinkingPartDelta),
    (BaseToolCallPart, 'args', ToolCallPartDelta),
)
"""Kinds of parts, the field that grows, and the kind of delta that it grows by."""

_SAME_IN_A_PART = frozenset({'part_delta_kind', 'provider_name', 'tool_call_id'})

_FIELDS = {
    kind: (text_field, tuple({field.name for field in fields(kind)} - {text_field, *_SAME_IN_A_PART}))
    for kind, text_field in _TEXT_FIELDS.items()
}
"""Of each kind of delta the field of its text, and those that may bring something else, such as citations: newer versions of
pydantic-ai have more of them."""


def _text(event: object) -> str | None:
    """The text a stream event adds to a part, where that is all it does."""
    if type(event) is not PartDeltaEvent:
        return None
    delta = event.delta
    fields = _FIELDS.get(type(delta))
    if fields is None:
        return None
    text_field, others = fields
    for name in others:
        if getattr(delta, name) is not None:
            return None
    text = getattr(delta, text_field)
    return text if isinstance(text, str) else None


def _text_of_delta(event: PartDeltaEvent) -> str | None:
    text_field = _TEXT_FIELDS.get(type(event.delta))
    text = getattr(event.delta, text_field) if text_field is not None else None
    return text if isinstance(text, str) else None


def _with_text(event: PartDeltaEvent, text: str) -> PartDeltaEvent:
    delta = event.delta
    longer = (
        replace(delta, args_delta=text) if isinstance(delta, ToolCallPartDelta) else replace(delta, content_delta=text)
    )
    return replace(event, delta=longer)
