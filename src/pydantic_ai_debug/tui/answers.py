"""What is sent where something is answered by hand, from what was typed. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic_ai_debug.model.json_tokens import JsonProblem, json_problem
from pydantic_ai_debug.protocol.commands import AnswerKind

RESPONSE_EXAMPLE = '[{"part_kind": "tool-call", "tool_name": "forecast", "args": {"city": "Paris"}}]'

MEANINGS: dict[AnswerKind, str] = {
    'value': 'it returns this value',
    'error': 'it raises an error with this message',
    'retry': 'it asks the model to try again, with this message',
    'denied': 'it is not allowed, with this message to the model',
    'approved': 'it is allowed, and runs',
    'response': 'the model responds with this',
}
_NEEDS_MESSAGE: tuple[AnswerKind, ...] = ('error', 'retry')


@dataclass(frozen=True)
class Reading:
    """How what was typed is understood."""

    text: str | None
    """What would be sent; None where nothing can be."""
    says: str
    """The same in words."""
    problem: JsonProblem | None = None
    """Why it is no JSON, where it looks as if it should be: it is sent as a text only when that is asked for again."""


def takes_json(kind: AnswerKind) -> bool:
    return kind in ('value', 'response')


def reading(kind: AnswerKind, typed: str) -> Reading:
    """Understand what was typed as an answer of a kind."""
    match kind:
        case 'value':
            return _value(typed)
        case 'response':
            return _response(typed)
        case 'approved':
            return Reading('', 'enter approves it')
        case _:
            if kind in _NEEDS_MESSAGE and not typed.strip():
                return Reading(None, 'a message is needed')
            return Reading(typed, 'sent as the message' if typed else 'sent without a message')


def _value(typed: str) -> Reading:
    if not typed.strip():
        return Reading(None, 'a value is needed: null, "" or {} are some')
    problem = json_problem(typed)
    if problem is None:
        return Reading(typed, 'sent as JSON')
    looks_like_json = typed.lstrip()[:1] in ('{', '[', '"')
    return Reading(json.dumps(typed), 'sent as a text, in quotes', problem if looks_like_json else None)


def _response(typed: str) -> Reading:
    if not typed.strip():
        return Reading(None, 'a response is needed: a text, or a list of parts')
    if typed.lstrip()[:1] not in ('{', '['):
        return Reading(json.dumps(typed), 'sent as a text part')
    problem = json_problem(typed)
    if problem is None:
        return Reading(typed, 'sent as parts')
    return Reading(json.dumps(typed), 'sent as a text part', problem)
