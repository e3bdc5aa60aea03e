"""The tool calls that a response asks for, as they are known before they begin."""

from __future__ import annotations

import json

from pydantic_ai_debug.protocol.events import Json

from .details import json_list, json_object
from .state import ToolState


def asked_calls(messages: Json, seq: int) -> tuple[ToolState, ...] | None:
    """The calls of the newest response among serialised messages that are an event; None where there is none."""
    responses = (message for message in reversed(json_list(messages)) if json_object(message).get('kind') == 'response')
    response = next(responses, None)
    if response is None:
        return None
    calls: list[ToolState] = []
    for item in json_list(json_object(response).get('parts')):
        part = json_object(item)
        call, tool = part.get('tool_call_id'), part.get('tool_name')
        if part.get('part_kind') == 'tool-call' and isinstance(call, str) and isinstance(tool, str):
            given = part.get('args')
            args = _parsed(given) if isinstance(given, str) else given
            calls.append(ToolState(call, tool, 'function', args, 'waiting', started=0.0, started_seq=seq))
    return tuple(calls)


def _parsed(args: str) -> Json:
    """Arguments as JSON; the text itself where a model wrote what is none."""
    try:
        return json.loads(args)
    except (ValueError, RecursionError):
        return args or None
