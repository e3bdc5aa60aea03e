"""What a model is asked, without what differs from one run of a program to the next: so that a request that was recorded is
known again.

Both sides are read from `request` events, which hold no secret. Nothing of pydantic-ai is needed, nor run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json
from pydantic_ai_debug.protocol.secrets import MASK

_PART_FIELDS = ('part_kind', 'tool_name', 'content')
"""What a model reads of a part, beside its arguments and the call that it belongs to."""
_TOOL_FIELDS = ('name', 'description', 'parameters_json_schema')
_NUMBERED_MASK = re.compile(f'{MASK}[₀-₉]+')
"""Masks are numbered where secrets are shown on the screen."""


class Section(NamedTuple):
    """A piece of a request: a message, the tools, ..."""

    content: Json
    digest: str
    """The same for the same content."""


@dataclass(frozen=True)
class AskedRequest:
    """One request to a model."""

    messages: tuple[Section, ...]
    others: Mapping[str, Section]
    """Instructions, tools, settings, by name."""

    @cached_property
    def fingerprint(self) -> str:
        return self.fingerprint_with({})

    def fingerprint_with(self, same: Mapping[str, str]) -> str:
        """The fingerprint where some digests count as others."""
        sections = (*self.others.values(), *self.messages)
        return _digest('\n'.join(same.get(section.digest, section.digest) for section in sections))

    def same_messages(self, other: AskedRequest, same: Mapping[str, str]) -> int:
        """How many leading messages are the same."""
        count = 0
        for mine, its in zip(self.messages, other.messages, strict=False):
            if same.get(mine.digest, mine.digest) != its.digest:
                break
            count += 1
        return count

    def differing(self, other: AskedRequest, kept: int) -> dict[str, Json]:
        """By name, what of this one is not the same in another; of the messages those after the first `kept`."""
        names = [name for name, section in self.others.items() if section.digest != other.others[name].digest]
        found = {name: self.others[name].content for name in names}
        if len(self.messages) > kept or len(other.messages) > kept:
            found['messages'] = [message.content for message in self.messages[kept:]]
        return found


class RequestFold:
    """Puts the requests of one run together from its `request` events, which hold what was added to the one before."""

    def __init__(self) -> None:
        self._messages: tuple[Section, ...] = ()
        self._calls: dict[str, tuple[int, int]] = {}
        """Where each tool call is met first: most ids are random, and stand for that place."""

    def take(self, event: ev.Request) -> AskedRequest:
        """The request that an event tells of."""
        kept = self._messages[: event.kept]
        self._calls = {call: place for call, place in self._calls.items() if place[0] < len(kept)}
        added = enumerate(_items(event.messages), start=len(kept))
        self._messages = (*kept, *(_section(self._message(message, at)) for at, message in added))
        others: dict[str, Json] = {
            'instructions': event.instructions or None,
            'tools': _tools(event.tools),
            'output_tools': _tools(event.output_tools),
            'native_tools': [*_items(event.native_tools)],
            'settings': event.settings or None,
            'output_schema': event.output_schema,
        }
        return AskedRequest(self._messages, {name: _section(content, name) for name, content in others.items()})

    def _message(self, message: Json, at: int) -> Json:
        if not isinstance(message, dict):
            return message
        fields = cast('dict[str, Json]', message)
        parts = [self._part(part, (at, index)) for index, part in enumerate(_items(fields.get('parts')))]
        return {'kind': fields.get('kind'), 'parts': parts}

    def _part(self, part: Json, place: tuple[int, int]) -> Json:
        if not isinstance(part, dict):
            return part
        fields = cast('dict[str, Json]', part)
        kept = {name: fields[name] for name in _PART_FIELDS if name in fields}
        if 'args' in fields:
            kept['args'] = _arguments(fields['args'])
        call = fields.get('tool_call_id')
        if isinstance(call, str):
            message, index = self._calls.setdefault(call, place)
            kept['call'] = f'{message}.{index}'
        return kept


def digest_of(content: Json) -> str:
    """The same text for the same JSON."""
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(',', ':'))
    return _digest(_NUMBERED_MASK.sub(MASK, written))


def _section(content: Json, name: str = 'message') -> Section:
    # Nothing of one name is the same as something of another.
    return Section(content, digest_of([name, content]))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()


def _items(value: Json) -> Sequence[Json]:
    return cast('Sequence[Json]', value) if isinstance(value, (list, tuple)) else ()


def _tools(definitions: Json) -> list[Json]:
    return [
        {name: fields.get(name) for name in _TOOL_FIELDS}
        for definition in _items(definitions)
        if isinstance(definition, dict) and (fields := cast('dict[str, Json]', definition))
    ]


def _arguments(args: Json) -> Json:
    """Arguments of a call: a model writes them as text, which a stream cuts and a whole response may not."""
    if not isinstance(args, str):
        return args or {}
    try:
        return json.loads(args) if args else {}
    except (ValueError, RecursionError):
        return args
