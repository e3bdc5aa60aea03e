"""pydantic-ai's objects as JSON, the way pydantic-ai serialises them itself.

Imported once pydantic-ai is there. What it cannot serialise is written by its fields, never dropped; nothing of the
user's is run for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType, MethodType
from typing import cast

from pydantic_ai.messages import ModelMessage

from pydantic_ai_debug.protocol.events import Json
from pydantic_ai_debug.protocol.values import Value

from .errors import summary
from .inert import InertWriter
from .insides import type_name, type_of
from .schemas import messages_adapter
from .secrets import masked
from .snapshot import Limits, picture

_ODD_OBJECT = Limits(depth=1, items=50)


def messages_json(messages: Sequence[ModelMessage]) -> Json:
    """Messages as `ModelMessagesTypeAdapter` serialises them."""
    try:
        inert = InertWriter(_odd).copy(list(messages))
        return messages_adapter.dump_python(inert, mode='json', warnings=False, fallback=_odd)
    except Exception:  # noqa: BLE001 - messages of the user's making may hold anything in any place
        return [jsonable(message) for message in messages]


def stream_event_json(event: object) -> Json:
    """A stream event as pydantic-ai serialises it, by its fields: it has no schema that is there already."""
    return InertWriter(_odd_in_event).json(event)


def _odd_in_event(value: object) -> Json:
    # Details that a function computes from those before it; pydantic-ai writes none for it.
    kind = type_of(value)
    return None if kind is FunctionType or kind is MethodType else _odd(value)


def jsonable(value: object) -> Json:
    """Any object as JSON; parts that have no JSON form are shown by their type and fields."""
    return InertWriter(_odd).json(value)


def masked_json(value: object) -> Json:
    """The same, secrets masked."""
    return masked(jsonable(value))


def _odd(value: object) -> Json:
    if issubclass(type_of(value), BaseException):
        return summary(cast(BaseException, value))
    fields = fields_json(value)
    return fields if isinstance(fields, str) else {'type': type_name(value), **fields}


def fields_json(value: object) -> dict[str, Json] | str:
    """An object's fields by name, as texts; its own text where it has none."""
    shown = picture(value, _ODD_OBJECT)
    if not shown.children:
        return shown.text
    return {child.name: _field_text(child.value) for child in shown.children}


def _field_text(value: Value) -> str:
    return f'{value.type} with {value.text}' if value.kind == 'object' else value.text


def tools_json(definitions: Sequence[object]) -> Json:
    """Tool definitions: what the model is told of each, fields that say nothing left out."""
    dumped = cast('list[dict[str, Json]]', jsonable(list(definitions)))
    return [
        {key: item for key, item in definition.items() if item is not None and item is not False}
        if isinstance(definition, dict)  # pyright: ignore[reportUnnecessaryIsInstance]
        else definition
        for definition in dumped
    ]
