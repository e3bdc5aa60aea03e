"""pydantic-ai's objects as JSON, the way pydantic-ai serialises them itself.

Imported once pydantic-ai is there. What it cannot serialise is written by its fields, never dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pydantic import TypeAdapter
from pydantic_ai.messages import AgentStreamEvent, ModelMessage, ModelMessagesTypeAdapter
from pydantic_core import to_jsonable_python

from pydantic_ai_debug.protocol.events import Json

from .secrets import masked
from .snapshot import Limits, picture

_stream_event_adapter: TypeAdapter[Any] | None = None

_ODD_OBJECT = Limits(depth=1, items=50)


def messages_json(messages: Sequence[ModelMessage]) -> Json:
    """Messages as `ModelMessagesTypeAdapter` serialises them."""
    try:
        dumped = ModelMessagesTypeAdapter.dump_python(list(messages), mode='json', warnings=False, fallback=_odd)
    except Exception:  # noqa: BLE001 - parts may hold objects that fail to serialise in any way
        dumped = [jsonable(message) for message in messages]
    return dumped


def stream_event_json(event: object) -> Json:
    """A stream event as pydantic-ai serialises it; one of a kind it does not list, by its fields."""
    global _stream_event_adapter
    if _stream_event_adapter is None:
        _stream_event_adapter = TypeAdapter(AgentStreamEvent)
    try:
        return _stream_event_adapter.dump_python(event, mode='json', warnings=False, fallback=_odd)
    except Exception:  # noqa: BLE001 - the same
        return jsonable(event)


def jsonable(value: object) -> Json:
    """Any object as JSON; parts that have no JSON form are shown by their type and fields."""
    try:
        return to_jsonable_python(value, fallback=_odd, inf_nan_mode='strings', bytes_mode='base64')
    except Exception:  # noqa: BLE001 - serialisers of the user's may raise anything
        return _odd(value)


def masked_json(value: object) -> Json:
    """The same, secrets masked."""
    return masked(jsonable(value))


def _odd(value: object) -> Json:
    if isinstance(value, BaseException):
        return f'{type(value).__name__}: {value}'
    shown = picture(value, _ODD_OBJECT)
    if not shown.children:
        return shown.text
    return {'type': shown.type, **{child.name: child.value.text for child in shown.children}}


def tools_json(definitions: Sequence[object]) -> Json:
    """Tool definitions: what the model is told of each, fields that say nothing left out."""
    dumped = cast('list[dict[str, Json]]', jsonable(list(definitions)))
    return [
        {key: item for key, item in definition.items() if item is not None and item is not False}
        if isinstance(definition, dict)  # pyright: ignore[reportUnnecessaryIsInstance]
        else definition
        for definition in dumped
    ]
