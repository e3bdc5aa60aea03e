"""What is posted while a node streams, and how it becomes events in the writer thread.

Consecutive deltas of one part are merged into one line, which keeps their times and lengths: a stream of thousands of
tokens a second then costs the parent some sixty lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

from pydantic_ai.messages import (
    ModelResponsePartDelta,
    PartDeltaEvent,
    TextPartDelta,
    ThinkingPartDelta,
    ToolCallPartDelta,
)

from pydantic_ai_debug.protocol.events import Delta, Event, Fault, Stream

from .channel import Posted
from .wire import stream_event_json


@dataclass(frozen=True)
class StreamItem:
    """A stream event as it came, not serialised yet."""

    run: str
    node: int
    event: object


Deferred: TypeAlias = Callable[[], Event | None]
"""An event whose making can wait for the writer thread, such as one that needs the price of a model."""


def render(posted: list[Posted]) -> Iterable[tuple[float, Event]]:
    """Turn what was posted into events, in order."""
    run: list[tuple[float, StreamItem]] = []
    for at, item in posted:
        if isinstance(item, StreamItem) and (not run or _follows(run[-1][1], item)):
            run.append((at, item))
            continue
        yield from _merged(run)
        run = []
        if isinstance(item, StreamItem):
            run.append((at, item))
        elif callable(item):
            yield from _made(at, cast(Deferred, item))
        else:
            yield at, cast(Event, item)
    yield from _merged(run)


def _made(at: float, deferred: Deferred) -> Iterator[tuple[float, Event]]:
    try:
        event = deferred()
    except Exception as error:  # noqa: BLE001 - a fault of ours is reported and the script goes on
        event = Fault(f'an event could not be made: {type(error).__name__}: {error}')
    if event is not None:
        yield at, event


def _follows(last: StreamItem, item: StreamItem) -> bool:
    """Whether two items are deltas of the same part that can be joined."""
    if last.run != item.run or last.node != item.node:
        return False
    first, second = last.event, item.event
    if type(first) is not PartDeltaEvent or type(second) is not PartDeltaEvent or first.index != second.index:
        return False
    return type(first.delta) is type(second.delta) and _text(first) is not None and _text(second) is not None


def _text(event: PartDeltaEvent) -> str | None:
    """The text a delta adds, where that is all it does."""
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


def _merged(items: list[tuple[float, StreamItem]]) -> Iterator[tuple[float, Event]]:
    if not items:
        return
    at, first = items[0]
    event = first.event
    text = _text(event) if type(event) is PartDeltaEvent else None
    if type(event) is not PartDeltaEvent or text is None:
        yield at, Stream(first.run, first.node, stream_event_json(event))
        return
    texts = [cast(str, _text(cast(PartDeltaEvent, item.event))) for _, item in items]
    joined = event if len(items) == 1 else replace(event, delta=_with_text(event, ''.join(texts)))
    deltas = tuple(Delta(round(time, 6), len(text)) for (time, _), text in zip(items, texts, strict=True))
    yield at, Stream(first.run, first.node, stream_event_json(joined), deltas)


def _with_text(event: PartDeltaEvent, text: str) -> ModelResponsePartDelta:
    delta = event.delta
    if isinstance(delta, ToolCallPartDelta):
        return replace(delta, args_delta=text)
    return replace(delta, content_delta=text)
