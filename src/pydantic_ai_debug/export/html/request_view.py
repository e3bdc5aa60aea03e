"""The Request pane: exactly what went to the model; messages that the run's request before held are not told again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic_ai_debug.model.details import json_list, json_object
from pydantic_ai_debug.model.numbers import plural
from pydantic_ai_debug.model.parts import part_from_message
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .tags import NOTHING, Markup, block, folded, joined, json_block, pane, span, tag, text, value_block

_WORDS = {'system-prompt': 'system', 'user-prompt': 'user', 'retry-prompt': 'retry'}
_SHOWN_OF_A_TOOL = frozenset({'name', 'description', 'parameters_json_schema'})


def request_pane(request: ev.Request) -> Markup:
    """The pane of one request."""
    planned = isinstance(request, ev.RequestPlanned)
    return pane(
        'Request',
        tag('div', *_rows(request), class_='tree'),
        note='not sent: the run waits before it' if planned else '',
    )


def _rows(request: ev.Request) -> Iterator[Markup]:
    yield _leaf('model', request.model)
    settings = json_object(request.settings)
    if settings:
        yield folded(_label('settings', ', '.join(settings)), json_block(settings))
    else:
        yield _leaf('settings', "the model's own")
    if request.instructions:
        yield folded(_label('instructions', _beginning(request.instructions)), block(request.instructions))
    messages = json_list(request.messages)
    rows = [message_row(number, json_object(message)) for number, message in enumerate(messages, request.kept)]
    if request.kept:
        rows.insert(0, tag('div', span('dim', f'{plural(request.kept, "message")} as before'), class_='leaf'))
    yield folded(_label('messages', str(request.kept + len(messages))), *rows, opened=True)
    for name, tools in (
        ('tools', request.tools),
        ('output tools', request.output_tools),
        ('native tools', request.native_tools),
    ):
        found = [json_object(tool) for tool in json_list(tools)]
        if found:
            names = ', '.join(str(tool.get('name') or tool.get('kind') or 'tool') for tool in found)
            yield folded(_label(name, f'{len(found)}  {names}'), *(_tool(tool) for tool in found))
    if request.output_mode:
        allowed = 'text allowed' if request.allow_text_output else 'no text'
        yield _leaf('output mode', f'{request.output_mode}, {allowed}')
    if request.output_schema is not None:
        yield folded(_label('output schema', ''), json_block(request.output_schema))


def message_row(number: int, message: Mapping[str, Json]) -> Markup:
    """A message with its parts."""
    parts = [json_object(part) for part in json_list(message.get('parts'))]
    words = ', '.join(_word(part) for part in parts) or 'empty'
    label = joined([span('dim', f'{number} '), span('name', str(message.get('kind', 'message'))), span('dim', words)])
    return folded(label, *map(_part, parts))


def _word(part: Mapping[str, Json]) -> str:
    kind = str(part.get('part_kind', 'part'))
    tool = part.get('tool_name')
    return f'{_WORDS.get(kind, kind)} {tool}' if isinstance(tool, str) else _WORDS.get(kind, kind)


def _part(fields: Mapping[str, Json]) -> Markup:
    part = part_from_message(0, fields)
    match part.kind:
        case 'text' | 'thinking':
            shown = block(part.text)
        case 'call':
            shown = value_block(part.args if part.args is not None else part.text)
        case 'return':
            shown = value_block(part.content)
        case 'other':
            shown = value_block(part.fields.get('content', dict(part.fields)))
    return tag('div', tag('div', span('accent', _word(fields)), class_='word'), shown, class_='part')


def _tool(tool: Mapping[str, Json]) -> Markup:
    name = str(tool.get('name') or tool.get('kind') or 'tool')
    description = tool.get('description')
    rest = {key: value for key, value in tool.items() if key not in _SHOWN_OF_A_TOOL and value not in (None, {}, [])}
    return folded(
        _label(name, _beginning(description) if isinstance(description, str) else ''),
        block(description) if isinstance(description, str) and '\n' in description else NOTHING,
        json_block(tool.get('parameters_json_schema')) if 'parameters_json_schema' in tool else NOTHING,
        json_block(rest) if rest else NOTHING,
    )


def _label(name: str, said: str) -> Markup:
    return joined([span('name', name), text(' '), span('dim', said)])


def _leaf(name: str, said: str) -> Markup:
    return tag('div', _label(name, said), class_='leaf')


def _beginning(said: str) -> str:
    line = ' '.join(said.split())
    return line if len(line) <= 100 else f'{line[:99]}…'
