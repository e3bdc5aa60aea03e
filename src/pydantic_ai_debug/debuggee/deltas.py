"""What is posted while a node streams, and how it becomes events in the writer thread.

Consecutive deltas of one part are merged into one line, which keeps their times and lengths: a stream of thousands of
tokens a second then costs the parent some sixty lines. They are put together where they pass: what waits for the writer
thread is a text and a number for each.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple, Protocol, TypeAlias, cast

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
from .channel import Growing, Posted
from .pieces import TextBefore
from .scrubbing import unfinished_at
from .wire import stream_event_text


class StreamItem(NamedTuple):
    """A stream event as it came, not serialised yet."""

    run: str
    node: int
    event: object


class Deltas(NamedTuple):
    """Consecutive deltas of one part."""

    first: StreamItem
    times: list[float]
    texts: list[str]


class _Series(Growing):
    """Deltas that pass, until anything else comes. Of all but the first, the text is kept alone, until it is sent."""

    __slots__ = ('first', 'index', 'is_posted', 'kind', 'node', 'started_at', 'texts', 'times')

    def __init__(self, first: StreamItem, started_at: float) -> None:
        event: Any = first.event
        self.first = first
        self.node = first.node
        self.index: int = event.index
        self.kind: type = type(event.delta)
        self.started_at = started_at
        self.texts: list[str] = []
        self.times = array('d')
        """By the clock; there are never more than texts."""
        self.is_posted = False
        """Whether it waits to be taken."""

    def take(self) -> Deltas:
        # By the writer thread, while more are added: each of these steps is one that Python does not divide.
        self.is_posted = False
        count = len(self.times)
        texts, times = self.texts[:count], self.times[:count]
        del self.texts[:count], self.times[:count]
        started_at = self.started_at
        return Deltas(self.first, [time - started_at for time in times], texts)


class Outbox(Protocol):
    """The channel."""

    clock: Callable[[], float]
    started_at: float
    """When session time began, by the clock."""

    @property
    def open(self) -> bool: ...
    def post(self, item: object) -> None: ...


class StreamPosts:
    """Posts the stream events of one run, where they pass."""

    def __init__(self, run: str, outbox: Outbox) -> None:
        self._run = run
        self._outbox = outbox
        self._series: _Series | None = None

    def end_series(self) -> None:
        """Something else is posted for the run: what streams from here on comes after it."""
        self._series = None

    def post(self, node: int, event: Any) -> None:
        # Runs for each delta, where a call costs as much as what is done in it: so it makes none of ours.
        outbox = self._outbox
        text = None
        if type(event) is PartDeltaEvent and (fields := _FIELDS.get(type(event.delta))) is not None:
            text_field, others = fields
            text = getattr(event.delta, text_field)
            for name in others:
                if getattr(event.delta, name) is not None:
                    text = None
        if not isinstance(text, str):
            self._series = None
            outbox.post(StreamItem(self._run, node, event))
            return
        series = self._series
        if series is None or series.index != event.index or series.kind is not type(event.delta) or series.node != node:
            if not outbox.open:
                # Nobody would take them.
                return
            self._series = series = _Series(StreamItem(self._run, node, event), outbox.started_at)
        series.texts.append(text)
        series.times.append(outbox.clock())
        if not series.is_posted:
            # It is new, or was taken at this very moment, perhaps without this one.
            series.is_posted = True
            outbox.post(series)


Deferred: TypeAlias = Callable[[], Event | None]
"""An event whose making can wait for the writer thread, such as one that needs the price of a model."""


def render(posted: list[Posted]) -> Iterable[tuple[float, Event]]:
    """Turn what was posted into events, in order."""
    for at, item in posted:
        if type(item) is Deltas:
            deltas = _without_end(item)
            if deltas.texts:
                yield deltas.times[0], _merged(deltas)
        elif type(item) is StreamItem:
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


def _made(at: float, deferred: Deferred) -> Iterator[tuple[float, Event]]:
    try:
        event = deferred()
    except Exception as error:  # noqa: BLE001 - a fault of ours is reported and the script goes on
        event = Fault(f'an event could not be made: {type(error).__name__}: {error}')
    if event is not None:
        _forget_parts(event)
        yield at, event


def _merged(deltas: Deltas) -> Event:
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

_held: dict[tuple[str, int, type], Deltas] = {}
"""The last deltas of a part, where a secret may begin in them: its rest may come in another line, and no line may hold
a piece of it. They wait for the next delta of their part, or for any other event of their run."""


def _without_end(deltas: Deltas) -> Deltas:
    """Deltas after those that were held of their part, without those that are to be held."""
    event = cast(PartDeltaEvent, deltas.first.event)
    run, index, kind = part = (deltas.first.run, event.index, type(event.delta))
    before = _held.pop(part, None)
    if before is not None:
        deltas = Deltas(before.first, before.times + deltas.times, before.texts + deltas.texts)
    text = ''.join(deltas.texts)
    begin = min(unfinished_at(text), _sent.get(run, {}).get((index, kind), _NOTHING).unfinished_at(text))
    if begin == len(text):
        return deltas
    first, times, texts = deltas
    whole = length = 0
    while length + len(texts[whole]) <= begin:
        length += len(texts[whole])
        whole += 1
    _held[part] = Deltas(first, times[whole:], texts[whole:])
    return Deltas(first, times[:whole], texts[:whole])


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
            _held[item.run, event.index, kind] = Deltas(item._replace(event=rest), [at], [text[begin:]])
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
