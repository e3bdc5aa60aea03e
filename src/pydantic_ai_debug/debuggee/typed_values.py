"""Values that a user wrote, checked by the program's own types before they are taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pydantic import BaseModel, PydanticUserError, TypeAdapter
from pydantic_ai.messages import ModelMessage, ModelRequest, ToolReturn, UserPromptPart

from pydantic_ai_debug.protocol.events import Json

from .held import EditError
from .insides import type_of
from .schemas import messages_adapter
from .wire import messages_json


def like(original: object, value: Json) -> Any:
    """A JSON value as an object of the class of another one, where that class can be made from JSON.

    Raises:
        ValidationError: where the class does not accept it.
    """
    kind = type_of(original)
    is_typed = issubclass(kind, BaseModel) or hasattr(kind, '__dataclass_fields__')
    return TypeAdapter[Any](kind).validate_python(value) if is_typed else value


def of_output_type(output_type: object, original: object, value: Json) -> Any:
    """A JSON value as an output of a run.

    Raises:
        ValidationError: where the output type does not accept it.
    """
    adapter = _adapter(output_type)
    return like(original, value) if adapter is None else adapter.validate_python(value)


def _adapter(output_type: Any) -> TypeAdapter[Any] | None:
    """None for what is no type: output functions, markers of how the output comes."""
    if isinstance(output_type, (list, tuple)):
        choices: tuple[Any, ...] = tuple(cast('Sequence[Any]', output_type))
        are_types = all(isinstance(choice, type) for choice in choices)
        output_type = _union_of(choices) if are_types else None
    if output_type is None or (not isinstance(output_type, type) and not hasattr(output_type, '__args__')):
        return None
    try:
        return TypeAdapter[Any](output_type)
    except (PydanticUserError, TypeError):
        return None


def _union_of(choices: tuple[Any, ...]) -> Any:
    union = choices[0]
    for choice in choices[1:]:
        union = union | choice
    return union


def messages_of(value: Json, known: Sequence[ModelMessage]) -> list[ModelMessage]:
    """Messages from JSON; those that are as they were stay the objects they are, with all they hold.

    Raises:
        EditError: where it is no list.
        ValidationError: where one is no message.
    """
    if not isinstance(value, list):
        raise EditError('messages are a list')
    written = cast('list[Json]', value)
    messages = list(messages_adapter.validate_python(written))
    before = list(zip(cast('list[Json]', messages_json(known)), known, strict=True))
    for index, item in enumerate(written):
        # They keep their order: what comes before one that is there again is gone.
        at = next((at for at, (dumped, _) in enumerate(before) if dumped == item), None)
        if at is not None:
            messages[index] = before[at][1]
            del before[: at + 1]
    return messages


def content_of(value: Json) -> Any:
    """The content of a user prompt.

    Raises:
        ValidationError: where it is neither a text nor a list of contents.
    """
    prompt = with_parts(ModelRequest(parts=[]), [{'part_kind': 'user-prompt', 'content': value}]).parts[0]
    return prompt.content if isinstance(prompt, UserPromptPart) else value


def returned_value(value: Json) -> Any:
    """What a tool returned, from JSON: a value, or one with what else the model or the program is told."""
    fields = cast('dict[str, Any]', value) if isinstance(value, dict) else {}
    if 'return_value' not in fields or fields.get('kind') != 'tool-return':
        return cast(Any, value)
    content = fields.get('content')
    told = content_of(content) if content is not None else None
    return ToolReturn(return_value=fields['return_value'], content=told, metadata=fields.get('metadata'))


def with_parts(original: ModelMessage, parts: Json) -> ModelMessage:
    """A message with other parts.

    Raises:
        ValidationError: where they are no parts of such a message.
    """
    (dumped,) = cast('list[dict[str, Json]]', messages_json([original]))
    return messages_adapter.validate_python([{**dumped, 'parts': parts}])[0]
