"""The parts of a model response, put together from its stream events or read from the finished message.

Reads JSON as pydantic-ai serialises it, any version: a kind that is not known passes through under its own name.
Knows nothing of how parts are drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from pydantic_ai_debug.protocol.events import Json

from .details import json_list, json_object

PartKind: TypeAlias = Literal['text', 'thinking', 'call', 'return', 'other']
"""What a part is to a reader; native tools call and return too. `other` is any kind without one of these shapes."""

_KINDS: dict[str, PartKind] = {
    'text': 'text',
    'thinking': 'thinking',
    'tool-call': 'call',
    'builtin-tool-call': 'call',
    'native-tool-call': 'call',
    'tool-return': 'return',
    'builtin-tool-return': 'return',
    'native-tool-return': 'return',
}

_DELTA_KINDS = frozenset({'text', 'thinking', 'tool_call'})
"""Kinds of delta whose fields are known; one of another kind is shown by its fields too."""


@dataclass(eq=False)
class Part:
    """One part of a response, as far as it has come. Grows in place: a response may have 100,000 deltas."""

    index: int
    """Its place in the response."""
    kind: PartKind
    wire_kind: str
    """pydantic-ai's own name of the kind."""
    tool: str = ''
    call: str = ''
    content: Json = None
    """A return's content, or arguments that came as an object."""
    fields: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Everything of a part of another kind, as it started or ended."""
    finished: bool = False
    rewritten: bool = False
    """Whether its end brought another text than what was streamed."""
    _chunks: list[str] = field(default_factory=list[str])

    @property
    def native(self) -> bool:
        """Whether the provider runs the tool itself."""
        return self.wire_kind.startswith(('builtin-', 'native-'))

    @property
    def text(self) -> str:
        """Text, thinking, or the arguments as they were streamed."""
        if len(self._chunks) > 1:
            self._chunks = [''.join(self._chunks)]
        return self._chunks[0] if self._chunks else ''

    @property
    def args(self) -> Json:
        """A call's arguments: parsed if they are whole, else None."""
        if self.content is not None:
            return self.content
        return parsed_json(self.text)

    @property
    def args_text(self) -> str:
        """A call's arguments as JSON text as far as they have come, also where they came as an object."""
        return self.text if self.content is None else json.dumps(self.content, ensure_ascii=False, default=str)

    def grow(self, text: str) -> None:
        self._chunks.append(text)

    def set_text(self, text: str) -> None:
        self._chunks = [text] if text else []


@dataclass(frozen=True)
class PartStarted:
    part: Part


@dataclass(frozen=True)
class PartGrew:
    part: Part
    text: str
    """What was added; empty where arguments came as an object."""


@dataclass(frozen=True)
class PartEnded:
    part: Part


@dataclass(frozen=True)
class OtherEvent:
    """A stream event that is about no part, such as `final_result`."""

    name: str
    fields: Mapping[str, Json]


PartChange: TypeAlias = PartStarted | PartGrew | PartEnded | OtherEvent


class PartsFold:
    """Folds stream events into parts, one at a time, and says what each one changed."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.others: list[OtherEvent] = []
        self._open: dict[int, Part] = {}

    def feed(self, data: Json) -> list[PartChange]:
        """Take in the data of one `stream` event."""
        event = json_object(data)
        kind = _text(event.get('event_kind'))
        index = event.get('index')
        if isinstance(index, int):
            match kind:
                case 'part_start':
                    return self._start(index, json_object(event.get('part')))
                case 'part_delta':
                    return self._grow(index, json_object(event.get('delta')))
                case 'part_end':
                    return self._end(index, json_object(event.get('part')))
                case _:
                    pass
        return [self._other(kind or 'event', event, 'event_kind')]

    def _other(self, name: str, fields: Mapping[str, Json], discriminator: str) -> OtherEvent:
        other = OtherEvent(name, {key: value for key, value in fields.items() if key != discriminator})
        self.others.append(other)
        return other

    def _start(self, index: int, fields: Mapping[str, Json]) -> list[PartChange]:
        part = part_from_message(index, fields)
        part.finished = False
        self.parts.append(part)
        self._open[index] = part
        return [PartStarted(part)]

    def _grow(self, index: int, delta: Mapping[str, Json]) -> list[PartChange]:
        part = self._open.get(index)
        changes: list[PartChange] = []
        if part is None:  # a stream that is looked at from its middle on
            wire_kind = _text(delta.get('part_delta_kind')).replace('_', '-')
            changes = self._start(index, {'part_kind': wire_kind})
            part = self.parts[-1]
        delta_kind = _text(delta.get('part_delta_kind'))
        if delta_kind not in _DELTA_KINDS:
            changes.append(self._other(delta_kind or 'delta', delta, 'part_delta_kind'))
        name = delta.get('tool_name_delta')
        if isinstance(name, str) and name:
            part.tool += name
            changes.append(PartStarted(part))
        added = delta.get('args_delta') if part.kind == 'call' else delta.get('content_delta')
        if isinstance(added, str) and added:
            part.grow(added)
            changes.append(PartGrew(part, added))
        elif isinstance(added, dict):
            part.content = {**json_object(part.content), **cast('dict[str, Json]', added)}
            changes.append(PartGrew(part, ''))
        return changes

    def _end(self, index: int, fields: Mapping[str, Json]) -> list[PartChange]:
        part = self._open.pop(index, None)
        changes: list[PartChange] = []
        if part is None:
            changes = self._start(index, fields)
            part = self._open.pop(index)
        elif fields:
            whole = part_from_message(index, fields)
            part.tool, part.call = whole.tool or part.tool, whole.call or part.call
            part.content, part.fields = whole.content if whole.content is not None else part.content, whole.fields
            if whole.text and whole.text != part.text:
                part.set_text(whole.text)
                part.rewritten = True
        part.finished = True
        return [*changes, PartEnded(part)]


def message_parts(message: Json) -> list[Part]:
    """The parts of a finished response."""
    parts = json_list(json_object(message).get('parts'))
    return [part_from_message(index, json_object(part)) for index, part in enumerate(parts)]


def part_from_message(index: int, fields: Mapping[str, Json]) -> Part:
    """A part of a serialised message, finished."""
    wire_kind = _text(fields.get('part_kind'))
    kind = _KINDS.get(wire_kind, 'other')
    part = Part(index, kind, wire_kind or 'part', finished=True)
    part.tool, part.call = _text(fields.get('tool_name')), _text(fields.get('tool_call_id'))
    match kind:
        case 'text' | 'thinking':
            part.set_text(_text(fields.get('content')))
        case 'call':
            args = fields.get('args')
            if isinstance(args, str):
                part.set_text(args)
            else:
                part.content = args
        case 'return':
            part.content = fields.get('content')
        case 'other':
            part.fields = {name: value for name, value in fields.items() if name != 'part_kind' and value is not None}
    return part


def newest_response(messages: Json) -> Json:
    """The last response among serialised messages; None where there is none."""
    for message in reversed(json_list(messages)):
        if json_object(message).get('kind') == 'response':
            return message
    return None


def parsed_json(text: str) -> Json:
    """Text as JSON; None where it is not, or not yet."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ''
