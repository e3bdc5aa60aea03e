"""Calls that a run leaves to others, answered at its end: the run then goes on instead of ending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic_ai import CallToolsNode
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, ToolCallPart, ToolReturn
from pydantic_ai.tools import DeferredToolRequests, ToolApproved, ToolDenied

from pydantic_ai_debug.protocol.events import Json

from .held import Draft, EditError
from .wire import jsonable


def pending_calls(output: object) -> Mapping[str, ToolCallPart]:
    """The calls that wait for an answer, by their ids."""
    if not isinstance(output, DeferredToolRequests):
        return {}
    return {call.tool_call_id: call for call in (*output.approvals, *output.calls)}


def pending_draft(output: object) -> Draft:
    """The calls with room for their answers: true, `{"deny": "why"}`, `{"value": ...}`."""
    value = {
        call_id: {'tool': call.tool_name, 'args': jsonable(call.args_as_dict()), 'answer': None}
        for call_id, call in pending_calls(output).items()
    }
    return Draft('answers', 'json', value)


def answered_calls(output: object, history: Sequence[ModelMessage], value: Json) -> Any:
    """The node that goes on with the answers.

    Raises:
        EditError: where a call is not answered, or not in a way that it can be.
    """
    pending = pending_calls(output)
    if not isinstance(value, dict):
        raise EditError('answers are an object of call ids')
    answers = cast('dict[str, Json]', value)
    results: dict[str, Any] = {}
    approvals = {call.tool_call_id for call in cast(DeferredToolRequests, output).approvals}
    for call_id, call in pending.items():
        results[call_id] = _result(call, answers.get(call_id), needs_approval=call_id in approvals)
    response = next((message for message in reversed(history) if isinstance(message, ModelResponse)), None)
    if response is None:
        raise EditError('there is no response that made these calls')
    for message in history[history.index(response) + 1 :]:
        parts: Sequence[Any] = message.parts if isinstance(message, ModelRequest) else ()
        for part in parts:
            if part.part_kind in ('tool-return', 'retry-prompt'):
                results.setdefault(part.tool_call_id, 'skip')
    metadata: Any = getattr(output, 'metadata', None)
    return CallToolsNode[Any, Any](response, tool_call_results=results, tool_call_metadata=metadata or None)


def _result(call: ToolCallPart, written: Json, *, needs_approval: bool) -> Any:
    fields = cast('dict[str, Json]', written) if isinstance(written, dict) else {}
    if 'answer' in fields:
        return _result(call, fields['answer'], needs_approval=needs_approval)
    if written is None:
        raise EditError(f'the call {call.tool_call_id} of {call.tool_name} is not answered')
    if fields.keys() == {'deny'}:
        return ToolDenied(str(fields['deny'])) if fields['deny'] else ToolDenied()
    if needs_approval and written in (True, 'approve', 'approved'):
        return ToolApproved()
    if written is False:
        return ToolDenied()
    if not needs_approval and fields.keys() == {'value'}:
        return ToolReturn(fields['value'])
    expected = 'true or {"deny": "why"}' if needs_approval else '{"value": ...}'
    raise EditError(f'the call {call.tool_call_id} of {call.tool_name} takes {expected}')
