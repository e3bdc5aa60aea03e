"""Parts of a response as they are edited: what says nothing is left out, and arguments are an object, not JSON in a text.

Both are put back when they are taken: a part that was not touched stays the object it is, and arguments that the model
wrote as a text are a text again, as the program may read them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, cast

from pydantic_ai.messages import ModelResponse, ModelResponsePart

from pydantic_ai_debug.protocol.events import Json

from .held import EditError
from .typed_values import with_parts
from .wire import messages_json


def parts_draft(response: ModelResponse) -> list[Json]:
    """The parts of a response as they are edited."""
    (dumped,) = cast('list[dict[str, Json]]', messages_json([response]))
    written = cast('list[Json]', dumped['parts'])
    return [_part_draft(fields, part) for fields, part in zip(written, response.parts, strict=True)]


def _part_draft(written: Json, part: ModelResponsePart) -> Json:
    if not isinstance(written, dict):
        return written
    fields = cast('dict[str, Json]', written)
    silent = {field.name: field.default for field in dataclasses.fields(part) if field.name != 'part_kind'}
    said = {name: value for name, value in fields.items() if name not in silent or value != silent[name]}
    kind = {'part_kind': said.pop('part_kind')} if 'part_kind' in said else {}
    if 'args' in said:
        said['args'] = _opened(said['args'])
    return {**kind, **said}


def _opened(args: Json) -> Json:
    """Arguments as the object that they are written for; anything else as it is."""
    if not isinstance(args, str):
        return args
    try:
        value = json.loads(args)
    except ValueError:
        return args
    return cast(Json, value) if isinstance(value, dict) else args


def response_of(value: Json, original: ModelResponse) -> ModelResponse:
    """A response with other parts.

    Raises:
        EditError, ValidationError: where they are no parts of a response.
    """
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise EditError('a response is a text or a list of parts')
    whole = [_whole(part, original) for part in cast('list[Json]', value)]
    response = with_parts(original, whole)
    if not isinstance(response, ModelResponse):
        raise EditError('these are no parts of a response')
    return dataclasses.replace(original, parts=_kept(cast('list[Json]', value), response.parts, original))


def _whole(written: Json, original: ModelResponse) -> Json:
    """A part as the adapter takes it."""
    if isinstance(written, str):
        return {'part_kind': 'text', 'content': written}
    if not isinstance(written, dict):
        return written
    fields = cast('dict[str, Json]', written)
    if not isinstance(fields.get('args'), dict) or not _wrote_text(original, fields.get('tool_call_id')):
        return fields
    return {**fields, 'args': json.dumps(fields['args'], ensure_ascii=False)}


def _wrote_text(original: ModelResponse, call: Json) -> bool:
    """Whether the model wrote the arguments of a call as a text."""
    parts = cast('Sequence[Any]', original.parts)
    return any(call == getattr(part, 'tool_call_id', None) and isinstance(part.args, str) for part in parts)


def _kept(
    written: Sequence[Json], taken: Sequence[ModelResponsePart], original: ModelResponse
) -> list[ModelResponsePart]:
    """What was taken, with the parts themselves of which nothing was changed."""
    known: list[tuple[Json, ModelResponsePart]] = list(zip(parts_draft(original), original.parts, strict=True))
    parts = list(taken)
    for index, fields in enumerate(written):
        at = next((at for at, (draft, _) in enumerate(known) if draft == fields), None)
        if at is not None:
            parts[index] = known.pop(at)[1]
    return parts
