"""The two sides of a request that differs from the recorded one, as text that people read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic_ai_debug.model.details import json_list, json_object
from pydantic_ai_debug.protocol.events import Diverged, DivergenceReason, Json

from .json_text import dump_json

NOTHING_RECORDED = 'Nothing: the recorded run asked nothing more.'

_REASONS: dict[DivergenceReason, str] = {
    'changed': 'This request is not in the recording. Beside it: the one recorded in its place.',
    'unanswered': 'This request is in the recording, where it got no answer.',
    'beyond': 'This request is not in the recording, whose run asks nothing more.',
}


def reason_text(diverged: Diverged) -> str:
    """Why the recording has no answer, in a sentence or two."""
    same = f' The {diverged.same} messages before are the same.' if diverged.same > 1 else ''
    return _REASONS[diverged.reason] + (same if diverged.reason == 'changed' else '')


def side_text(sections: Json) -> str:
    """One side: what differs, each under its name; messages part by part."""
    return NOTHING_RECORDED if sections is None else '\n'.join(_lines(json_object(sections)))


def _lines(sections: Mapping[str, Json]) -> Iterator[str]:
    for name, content in sections.items():
        if name == 'messages':
            for message in json_list(content):
                yield from _message_lines(message)
        else:
            yield f'── {name.replace("_", " ")}'
            yield _text(content)
            yield ''


def _message_lines(message: Json) -> Iterator[str]:
    fields = json_object(message)
    if not fields:
        yield _text(message)
    for part in json_list(fields.get('parts')):
        described = json_object(part)
        tool = described.get('tool_name')
        yield f'── {described.get("part_kind", "part")}{f" {tool}" if tool else ""}'
        yield _text(described['args'] if 'args' in described else described.get('content'))
        yield ''


def _text(content: Json) -> str:
    if content is None:
        return '(none)'
    return content if isinstance(content, str) else dump_json(content)
