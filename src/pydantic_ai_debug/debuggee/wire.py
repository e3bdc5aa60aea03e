"""pydantic-ai's objects as JSON, the way pydantic-ai serialises them itself.

Imported once pydantic-ai is there. What it cannot serialise is written by its fields, never dropped; nothing of the
user's is run for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json import loads
from types import FunctionType, MethodType
from typing import Any, cast

from pydantic_ai.messages import ModelMessage
from pydantic_core import to_json

from pydantic_ai_debug.protocol.codec import dump_json
from pydantic_ai_debug.protocol.events import Json
from pydantic_ai_debug.protocol.values import Value

from .errors import summary
from .inert import InertWriter, Odd
from .insides import type_name, type_of
from .schemas import messages_adapter
from .secrets import masked, may_name_secret
from .snapshot import Limits, picture

_serializer = messages_adapter.serializer
_ODD_OBJECT = Limits(depth=1, items=50)


def messages_json(messages: Sequence[ModelMessage]) -> Json:
    """Messages as `ModelMessagesTypeAdapter` serialises them."""
    try:
        inert = InertWriter(_odd).copy(list(messages))
        return messages_adapter.dump_python(inert, mode='json', warnings=False, fallback=_odd)
    except Exception:  # noqa: BLE001 - messages of the user's making may hold anything in any place
        return [jsonable(message) for message in messages]


def message_text(message: ModelMessage, inert: bool) -> str:
    """A message as JSON text, without secrets."""
    text = _text(_serializer.to_json, [message], warnings=False, fallback=_odd) if inert else None
    if text is None:
        (written,) = cast('list[Json]', messages_json([message]))
        return dump_json(masked(written))
    return text[1:-1]


def masked_json_text(value: object, inert: bool) -> str:
    """Any object as JSON text, without secrets."""
    return _object_text(value, inert, _odd)


def stream_event_text(event: object, inert: bool) -> str:
    """A stream event as pydantic-ai serialises it, by its fields, without secrets: it has no schema that is there already."""
    return _object_text(event, inert, _odd_in_event)


def _object_text(value: object, inert: bool, odd: Odd) -> str:
    text = _text(to_json, value, fallback=odd, inf_nan_mode='strings', bytes_mode='base64') if inert else None
    return dump_json(masked(InertWriter(odd).json(value))) if text is None else text


def _text(write: Callable[..., bytes], value: object, **options: Any) -> str | None:
    """What pydantic writes of something inert, without secrets; None where it cannot, as for a lone surrogate."""
    try:
        text = write(value, **options).decode()
        return dump_json(masked(loads(text))) if may_name_secret(text) else text
    except Exception:  # noqa: BLE001 - whatever it is, it is written in another way
        return None


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


def tools_text(definitions: Sequence[object]) -> str:
    return dump_json(_tools_json(definitions))


def _tools_json(definitions: Sequence[object]) -> Json:
    """Tool definitions: what the model is told of each, fields that say nothing left out."""
    dumped = cast('list[dict[str, Json]]', jsonable(list(definitions)))
    return [
        {key: item for key, item in definition.items() if item is not None and item is not False}
        if isinstance(definition, dict)  # pyright: ignore[reportUnnecessaryIsInstance]
        else definition
        for definition in dumped
    ]
