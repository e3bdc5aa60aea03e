"""A recorded response, as it came: whole, or streamed by the deltas that it was made of, at a pace.

Needs pydantic-ai, and is loaded with it where a recording is replayed.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias, cast

from pydantic import ConfigDict, TypeAdapter
from pydantic_ai.messages import (
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
)
from pydantic_ai.models import ModelRequestParameters

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .played import PlayedResponse
from .raised_errors import raised_anew
from .schemas import messages_adapter, shown_warnings_remembered
from .tape import Exchange

with shown_warnings_remembered():
    _events_adapter = TypeAdapter[list[ModelResponseStreamEvent]](
        list[ModelResponseStreamEvent], config=ConfigDict(val_json_bytes='base64')
    )

_LONGEST_GAP = 0.3
"""Seconds that a pause between two deltas is cut to."""
_LONGEST_RESPONSE = 4.0
"""Seconds that a response takes at most."""
_SINGLE = (PartStartEvent, PartDeltaEvent)
"""Events that bring something; the others are told by what streams them."""
_TEXT_FIELDS = ('content_delta', 'args_delta')
_OF_THE_RUN = ('run_id', 'conversation_id')
"""What pydantic-ai writes into a response of the run that it belongs to."""


SingleEvent: TypeAlias = PartStartEvent | PartDeltaEvent


class Step(NamedTuple):
    """One event of a stream."""

    wait: float
    """Seconds before it comes."""
    event: SingleEvent


@dataclass
class RecordedResponse(PlayedResponse):
    """Streams what was recorded."""

    steps: Sequence[Step]
    whole: Sequence[Any] | None
    """The parts of the response; None where the program left the stream before its end, or it broke off."""
    error: Exception | None
    """What it broke off with."""

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        manager: Any = self._parts_manager
        parts = _followed([step.event for step in self.steps], self.whole)
        for step, part in zip(self.steps, parts, strict=True):
            if step.wait:
                await asyncio.sleep(step.wait)
            manager.handle_part(vendor_part_id=step.event.index, part=part)
            if step is self.steps[-1]:
                # A program that left the stream here leaves it once more, and what came after it is not asked for.
                self._tell_of_whole()
            # Those who look on may change an event: it is theirs.
            yield dataclasses.replace(step.event)
        if self.error is not None:
            raise self.error

    def _tell_of_whole(self) -> None:
        response = self.response
        self._usage = response.usage
        self.finish_reason = response.finish_reason
        self.provider_response_id = response.provider_response_id
        self.provider_details = response.provider_details


class RecordedAnswer:
    """What a request was answered, to be given once more."""

    def __init__(self, exchange: Exchange, *, paced: bool) -> None:
        self._exchange = exchange
        self._paced = paced
        self._response = _response(exchange.response)
        self._parts = self._response.parts if exchange.response is not None else None
        self._steps = _steps(exchange, self._parts, paced)
        self._error = raised_anew(exchange.error) if exchange.error is not None else None

    @property
    def streams(self) -> bool:
        """Whether it came as a stream."""
        return bool(self._steps) or self._exchange.opened

    async def whole(self) -> ModelResponse:
        """The response, where it did not stream.

        Raises:
            Exception: what the model raised.
        """
        if self._paced:
            await asyncio.sleep(_shortened([self._exchange.began, self._exchange.ended])[0])
        if self._error is not None:
            raise self._error
        return self._response

    @asynccontextmanager
    async def opened(self, parameters: ModelRequestParameters) -> AsyncGenerator[PlayedResponse]:
        """The same as a streamed request."""
        if self.streams:
            yield RecordedResponse(parameters, self._response, self._steps, self._parts, self._error)
        else:
            yield PlayedResponse(parameters, await self.whole())


def _response(recorded: Json) -> ModelResponse:
    """A response as it was before it belonged to a run."""
    if recorded is None:
        return ModelResponse(parts=[])
    (response,) = messages_adapter.validate_python([recorded])
    assert isinstance(response, ModelResponse), 'a tape holds responses'
    # Not every version of pydantic-ai has each.
    unset: dict[str, Any] = {name: None for name in _OF_THE_RUN if getattr(response, name, None) is not None}
    return dataclasses.replace(response, **unset)


def _steps(exchange: Exchange, whole: Sequence[Any] | None, paced: bool) -> list[Step]:
    """The events that bring a response; none where it did not stream, or not in a way that can be followed."""
    try:
        timed = [(at, event) for at, event in _single_events(exchange) if isinstance(event, _SINGLE)]
        events = [event for _, event in timed]
        # Once before they are served: nothing may fail where the program reads them.
        deque(_followed(events, whole), maxlen=0)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # A recording of another version of pydantic-ai: the response comes whole.
        return []
    waits = _shortened([exchange.began, *(at for at, _ in timed)]) if paced else [0.0] * len(timed)
    return [Step(wait, event) for wait, event in zip(waits, events, strict=True)]


def _followed(events: Sequence[SingleEvent], whole: Sequence[Any] | None) -> Iterator[Any]:
    """The part of each event as it is after it: after the last one of a part, as it is in the response."""
    parts: list[Any] = []
    last = {event.index: number for number, event in enumerate(events)}
    if whole is not None and len(last) != len(whole):
        raise ValueError('the response has other parts than its stream')
    for number, event in enumerate(events):
        if isinstance(event, PartStartEvent):
            if event.index != len(parts):
                raise ValueError('a part begins out of turn')
            parts.append(event.part)
        else:
            parts[event.index] = event.delta.apply(parts[event.index])
        part = parts[event.index]
        if last[event.index] == number and whole is not None and type(whole[event.index]) is type(part):
            part = whole[event.index]
        yield part


def _single_events(exchange: Exchange) -> Iterator[tuple[float, ModelResponseStreamEvent]]:
    """The events of a stream with their times, deltas that share a line apart."""
    timed: list[tuple[float, Json]] = []
    for record in exchange.stream:
        assert isinstance(record.event, ev.Stream), 'nothing else is kept of a stream'
        timed += _split(record.event, record.time)
    return zip((at for at, _ in timed), _events_adapter.validate_python([data for _, data in timed]), strict=True)


def _split(event: ev.Stream, time: float) -> Iterator[tuple[float, Json]]:
    data = cast('dict[str, Any]', event.data)
    delta = cast('dict[str, Any]', data.get('delta') or {})
    name = next((name for name in _TEXT_FIELDS if isinstance(delta.get(name), str)), None)
    text: str = delta[name] if name is not None else ''
    if name is None or len(event.times) != len(event.lengths) or sum(event.lengths) != len(text):
        # A mask is seldom as long as what it stands for.
        yield (event.times[0] if event.times else time), data
        return
    begin = 0
    for at, length in zip(event.times, event.lengths, strict=True):
        yield at, {**data, 'delta': {**delta, name: text[begin : begin + length]}}
        begin += length


def _shortened(times: Sequence[float]) -> list[float]:
    """The pauses between moments: long ones cut, and all shorter where there are too many."""
    gaps = [min(max(later - earlier, 0.0), _LONGEST_GAP) for earlier, later in pairwise(times)]
    scale = min(1.0, _LONGEST_RESPONSE / max(sum(gaps), 1e-9))
    return [gap * scale for gap in gaps]
