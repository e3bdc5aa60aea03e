"""What a node did, as text: parts of a response, tool calls with their results, prompts and outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.model.calls import short_json
from pydantic_ai_debug.model.details import json_list, json_object
from pydantic_ai_debug.model.parts import OtherEvent, Part, message_parts
from pydantic_ai_debug.model.state import ToolState
from pydantic_ai_debug.protocol.events import Json, Outcome, RaisedError

from .json_text import dump_json, json_spans
from .literal import literal
from .markdown import markdown_spans
from .styled import Span, StyleName

INDENT = 2

_OUTCOMES: Mapping[Outcome, tuple[str, StyleName]] = {
    'returned': ('returned', 'success'),
    'retry': ('asked for a retry', 'warning'),
    'failed': ('failed', 'error'),
    'deferred': ('deferred', 'warning'),
    'denied': ('denied', 'error'),
    'skipped': ('skipped', 'dim'),
}


def response_text(response: Json) -> str:
    """A response for the clipboard: words as the model wrote them; where it has more than words, its parts as JSON."""
    parts = message_parts(response)
    if all(part.kind in ('text', 'thinking') for part in parts):
        return '\n\n'.join(part.text for part in parts)
    return dump_json(json_object(response).get('parts'))


def part_head(part: Part) -> list[Span]:
    """The line above a part."""
    match part.kind:
        case 'text' | 'thinking':
            return [Span(f'{part.kind}\n', 'dim')]
        case 'call' | 'return':
            word = f'native {part.kind}' if part.native else part.kind
            return [Span(f'{word} ', 'dim'), Span(literal(part.tool, 200) + '\n', 'accent')]
        case 'other':
            return [Span(literal(part.wire_kind, 200) + '\n', 'accent')]


def part_style(part: Part) -> StyleName:
    """The style of a part's text while it arrives."""
    match part.kind:
        case 'thinking':
            return 'dim'
        case 'call':
            return 'json-string'
        case _:
            return 'text'


def part_spans(part: Part, *, rendered: bool) -> list[Span]:
    """A part as far as it has come; rendered where it is finished and that is wanted."""
    return [*part_head(part), *_part_content(part, rendered)]


def _part_content(part: Part, rendered: bool) -> Iterable[Span]:
    match part.kind:
        case 'text':
            return text_spans(part.text, rendered=rendered and part.finished)
        case 'thinking':
            return [Span(part.text, 'dim', INDENT)]
        case 'call':
            args = part.args if part.finished else part.content
            is_plain = args is None or not rendered
            # Arguments that have yet to come are not none.
            has_text = part.text or (args is None and not part.finished)
            return [Span(part.text, part_style(part), INDENT)] if is_plain and has_text else json_spans(args, INDENT)
        case 'return':
            return content_spans(part.content, rendered=rendered)
        case 'other':
            return json_spans(part.fields, INDENT)


def text_spans(text: str, *, rendered: bool) -> list[Span]:
    return markdown_spans(text, INDENT) if rendered else [Span(text, 'text', INDENT)]


def content_spans(content: Json, *, rendered: bool) -> Iterable[Span]:
    """Content of any kind: text as Markdown, the rest as JSON."""
    return text_spans(content, rendered=rendered) if isinstance(content, str) else json_spans(content, INDENT)


def other_spans(event: OtherEvent) -> list[Span]:
    """A stream event about no part, in a line."""
    if event.name == 'final_result':
        tool = event.fields.get('tool_name')
        how = f' by {literal(tool, 200)}' if isinstance(tool, str) else ''
        return [Span(f'final result found{how}', 'success')]
    said = {name: value for name, value in event.fields.items() if value is not None}
    return [Span(f'{literal(event.name, 200)}  ', 'accent'), Span(short_json(said), 'dim')]


def failure_spans(error: RaisedError) -> list[Span]:
    """What the model raised in place of a response, or of the rest of it."""
    head = [Span('failed ', 'error'), Span(literal(error.name, 200) + '\n', 'accent')]
    return [*head, Span(literal(error.message), 'text', INDENT)]


def tool_spans(tool: ToolState, result: Json, *, rendered: bool) -> list[Span]:
    """A tool call: what it was called with, and what came of it."""
    word = 'call' if tool.kind == 'function' else f'{tool.kind} tool'
    return [
        Span(f'{literal(word, 100)} ', 'dim'),
        Span(literal(tool.tool, 200) + '\n', 'accent'),
        *json_spans(tool.args, INDENT),
        Span('\n'),
        *_outcome_spans(tool, result, rendered),
    ]


def _outcome_spans(tool: ToolState, result: Json, rendered: bool) -> Iterable[Span]:
    if tool.outcome is None:
        if tool.status == 'waiting':
            yield Span('has not begun yet', 'dim')
        elif tool.status == 'failed':
            yield Span('came to no end', 'error')
        elif tool.status != 'stopped':
            yield Span('running …', 'dim')
        elif result is None:
            yield Span('waits to be let go', 'dim')
        else:
            yield Span('returned, waits to be let go\n', 'dim')
            yield from content_spans(result, rendered=rendered)
        return
    word, style = _OUTCOMES[tool.outcome]
    yield Span(word, style)
    yield Span(f'  {numbers.duration(tool.duration)}\n', 'dim')
    if tool.outcome != 'deferred':
        yield from content_spans(result, rendered=rendered)


def prompt_spans(prompt: Json, *, rendered: bool) -> list[Span]:
    """A user prompt: text, or pieces of content."""
    if prompt is None:
        return [Span('No prompt: the run goes on from its message history.', 'dim')]
    if isinstance(prompt, str):
        return [Span('prompt\n', 'dim'), *text_spans(prompt, rendered=rendered)]
    spans: list[Span] = [Span('prompt\n', 'dim')]
    for number, piece in enumerate(json_list(prompt) or [prompt]):
        spans += [Span('\n\n')] if number else []
        spans += content_spans(piece, rendered=rendered)
    return spans


def joined(groups: Sequence[Sequence[Span]]) -> list[Span]:
    """Groups of spans with an empty line between them."""
    spans: list[Span] = []
    for number, group in enumerate(groups):
        spans += [Span('\n\n')] if number else []
        spans += group
    return spans
