"""A session as Markdown, to read and to paste: runs, their nodes, what models said, what tools were asked and gave.

Everything that a model, a tool or a script wrote stands in code blocks and code spans, so that nothing of it acts. A run
that a tool started is a quotation inside that tool's call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic_ai_debug.model.calls import call_arguments
from pydantic_ai_debug.model.details import json_list, json_object
from pydantic_ai_debug.model.json_layout import laid_out
from pydantic_ai_debug.model.literal import literal, visible_controls
from pydantic_ai_debug.model.parts import Part, message_parts
from pydantic_ai_debug.model.selectors import calls_of, earlier_nodes
from pydantic_ai_debug.model.state import NodeState, RunState, ToolState
from pydantic_ai_debug.model.undone import NodeGroup, node_groups
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .transcript import Transcript
from .wording import (
    BRANCH_SIGN,
    SEPARATOR,
    branch_facts,
    branch_title,
    call_facts,
    call_sign,
    failure,
    node_facts,
    node_sign,
    run_facts,
    run_sign,
    session_facts,
    title,
)

_MEANING = re.compile(r'([\\`*{}\[\]<>()#+!|~&]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z]))')


def markdown(transcript: Transcript) -> Iterator[str]:
    """The text of a session."""
    yield f'# {_escaped(title(transcript))}\n\n'
    yield '| | |\n|---|---|\n'
    for name, value in session_facts(transcript):
        yield f'| {name} | {_escaped(value)} |\n'
    yield '\n'
    for run in transcript.roots:
        for line in _run(transcript, run, 2):
            yield f'{line}\n'
    error = transcript.script_error()
    if error is not None:
        yield from (f'{line}\n' for line in ('## The script failed', '', *_block(error.traceback)))
    said = ''.join(said for _, said in transcript.console())
    if said:
        yield from (f'{line}\n' for line in ('## Console', '', *_block(said)))


def _run(transcript: Transcript, run: RunState, level: int) -> Iterator[str]:
    facts = SEPARATOR.join(fact for fact in (run.model, run_facts(transcript, run)) if fact)
    yield f'{_heading(level)} {run_sign(run)} {_escaped(run.agent or "agent")}'
    yield ''
    yield _escaped(facts)
    yield ''
    yield from _named('Prompt', run.prompt)
    instructions: str | None = None
    number = 0
    for group in node_groups(run):
        if group.branch is not None:
            yield from _branch(transcript, run, group, level + 1)
            continue
        for node in group.nodes:
            request = transcript.request(run, node)
            yield from _node_heading(node, number, level + 1)
            if request is not None and request.instructions and request.instructions != instructions:
                yield from _named('Instructions', request.instructions)
                instructions = request.instructions
            yield from _node(transcript, run, node, level + 1)
            number += 1
    for child in transcript.stray_runs(run):
        yield from _quoted(_run(transcript, child, level + 1))
    yield from _end(transcript, run)


def _branch(transcript: Transcript, run: RunState, group: NodeGroup, level: int) -> Iterator[str]:
    """What was undone, folded away where Markdown is shown in a browser."""
    # The tags are the only ones in the text, and hold nothing of anybody's.
    yield '<details>'
    yield f'<summary>{BRANCH_SIGN} {branch_title(group)}{SEPARATOR}{branch_facts(group)}</summary>'
    yield ''
    before = sum(1 for _ in earlier_nodes(run, group.nodes[0].index))
    for number, node in enumerate(group.nodes, before):
        yield from _node_heading(node, number, level)
        yield from _node(transcript, run, node, level)
    yield '</details>'
    yield ''


def _node_heading(node: NodeState, number: int, level: int) -> Iterator[str]:
    facts = node_facts(node)
    yield f'{_heading(level)} {number} {node_sign(node)} {_escaped(node.kind)}{SEPARATOR if facts else ""}{facts}'
    yield ''


def _node(transcript: Transcript, run: RunState, node: NodeState, level: int) -> Iterator[str]:
    yield from _response(transcript, run, node)
    for tool in calls_of(node):
        yield from _call(transcript, run, tool, level + 1)


def _response(transcript: Transcript, run: RunState, node: NodeState) -> Iterator[str]:
    for error in transcript.failures(node):
        yield from _named('The model failed', failure(error))
    for part in message_parts(transcript.response(run, node)):
        yield from _part(part)


def _part(part: Part) -> Iterator[str]:
    match part.kind:
        case 'text' | 'thinking':
            yield from _named(part.kind.capitalize(), part.text)
        case 'call':
            args = part.args if part.args is not None else part.text or None
            yield f'**Calls** {_code(f"{part.tool}({call_arguments(args)})")}'
            yield ''
        case 'return':
            yield from _named(f'Returned by {part.tool}', part.content)
        case 'other':
            yield from _named(part.wire_kind, dict(part.fields))


def _call(transcript: Transcript, run: RunState, tool: ToolState, level: int) -> Iterator[str]:
    facts = call_facts(tool)
    call = _code(f'{tool.tool}({call_arguments(tool.args)})')
    yield f'- {call_sign(tool)} {call}{SEPARATOR if facts else ""}{facts}'
    yield ''
    lines: list[str] = []
    for child in transcript.runs_inside(run, tool):
        lines += _quoted(_run(transcript, child, level))
    if tool.finished_seq is not None:
        lines += _value(transcript.result(tool))
    yield from (f'  {line}' if line else '' for line in lines)


def _end(transcript: Transcript, run: RunState) -> Iterator[str]:
    end = transcript.end(run)
    match end:
        case ev.RunFinished():
            yield from _named('Output', end.output)
        case ev.RunFailed():
            yield from _named('Left' if end.cancelled else 'Failed', failure(end.error))
            yield from _block(end.error.traceback)
        case None:
            yield 'The recording ends here.'
            yield ''


def _named(name: str, value: Json) -> Iterator[str]:
    yield f'**{_escaped(name)}**'
    yield ''
    yield from _value(value)


def _value(value: Json) -> Iterator[str]:
    """A text as it is, anything else as JSON."""
    if isinstance(value, str):
        yield from _block(value)
        return
    pieces = json_list(value)
    if pieces and all(isinstance(piece, str) for piece in pieces):
        for piece in pieces:
            yield from _block(str(piece))
        return
    yield from _block(laid_out(_content(value)), 'json')


def _content(value: Json) -> Json:
    """What a prompt says, without what surrounds it."""
    fields = json_object(value)
    return {name: item for name, item in fields.items() if item is not None} if fields else value


def _block(text: str, language: str = '') -> Iterator[str]:
    """A code block whose fence is in no line of the text."""
    lines = visible_controls(text.strip('\n')).split('\n')
    longest = max((len(run) for run in re.findall('`+', text)), default=0)
    fence = '`' * max(3, longest + 1)
    yield f'{fence}{language or "text"}'
    yield from lines
    yield fence
    yield ''


def _code(text: str) -> str:
    """A code span that holds any text, on one line."""
    text = literal(text)
    longest = max((len(run) for run in re.findall('`+', text)), default=0)
    fence = '`' * (longest + 1)
    return f'{fence} {text} {fence}' if longest else f'`{text}`'


def _quoted(lines: Iterable[str]) -> list[str]:
    return [f'> {line}' if line else '>' for line in lines] + ['']


def _heading(level: int) -> str:
    return '#' * min(level, 6)


def _escaped(text: str) -> str:
    return _MEANING.sub(r'\\\1', literal(text))
