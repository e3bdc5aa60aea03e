"""A model request as entries: everything that was sent, with counts, sizes and what differs from the request before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic_ai_debug.model.calls import short_json
from pydantic_ai_debug.model.details import json_list, json_object
from pydantic_ai_debug.model.message_index import json_bytes
from pydantic_ai_debug.model.numbers import size
from pydantic_ai_debug.protocol.events import Json, Request

from .entries import GONE, INSIDE, NEW, Entry, Mark, line, text_body
from .json_entries import json_entry, json_fields, json_inside
from .json_text import dump_json
from .message_entries import message_entries
from .styled import Span

_NAME_WIDTH = 14


@dataclass(frozen=True)
class SentMessages:
    """The messages of a request, read when they are looked at."""

    count: int = 0
    at: Callable[[int], Json] = lambda _: None
    size: int = 0
    """Bytes of all of them as JSON."""

    def __iter__(self) -> Iterator[Json]:
        return map(self.at, range(self.count))


def request_entries(request: Request, previous: Request | None, messages: SentMessages) -> list[Entry]:
    """Entries for a request, compared with the run's request before it."""
    entries = [_model_entry(request, previous)]
    entries.append(_settings_entry(request, previous))
    entries.append(_instructions_entry(request, previous))
    systems = _system_prompts(messages)
    if systems:
        entries.append(_text_section('system prompts', '\n\n'.join(systems), f'{len(systems)}', None))
    entries.append(_messages_entry(request, previous, messages))
    entries.append(_tools_entry('tools', request.tools, previous.tools if previous else None))
    entries.append(_tools_entry('output tools', request.output_tools, previous.output_tools if previous else None))
    if json_list(request.native_tools) or (previous is not None and json_list(previous.native_tools)):
        entries.append(_tools_entry('native tools', request.native_tools, previous.native_tools if previous else None))
    entries.append(_output_entry(request, previous))
    return entries


def request_json(request: Request, messages: Sequence[Json]) -> Json:
    """A whole request as JSON, for the clipboard."""
    return {
        'model': request.model,
        'settings': request.settings,
        'instructions': request.instructions,
        'messages': list(messages),
        'tools': request.tools,
        'output_tools': request.output_tools,
        'native_tools': request.native_tools,
        'output_mode': request.output_mode,
        'allow_text_output': request.allow_text_output,
        **({'output_schema': request.output_schema} if request.output_schema is not None else {}),
    }


def _model_entry(request: Request, previous: Request | None) -> Entry:
    mark = (
        Mark('changed', f'was {previous.model}') if previous is not None and previous.model != request.model else None
    )
    return Entry('model', (_name('model'), line(request.model)), mark=mark, copy=lambda: request.model)


def _settings_entry(request: Request, previous: Request | None) -> Entry:
    settings = json_object(request.settings)
    before = json_object(previous.settings) if previous is not None else None

    def inside() -> Iterable[Entry]:
        width = max(map(len, settings), default=0)
        for name, value in settings.items():
            yield json_entry(name, value, width=width, mark=_field_mark(name, value, before))
        for name, value in (before or {}).items():
            if name not in settings:
                yield json_entry(name, value, width=width, mark=GONE)

    return Entry(
        'settings',
        (_name('settings'), line(short_json(settings), 'text') if settings else Span("the model's own", 'dim')),
        inside=inside if settings or before else None,
        note=size(json_bytes(settings)) if settings else '',
        mark=INSIDE if before is not None and before != settings else None,
        copy=lambda: dump_json(dict(settings)),
    )


def _instructions_entry(request: Request, previous: Request | None) -> Entry:
    text = request.instructions
    mark = None
    if previous is not None and previous.instructions != text:
        mark = NEW if not previous.instructions else GONE if not text else Mark('changed', 'changed')
    if not text:
        return Entry('instructions', (_name('instructions'), Span('none', 'dim')), mark=mark)
    return _text_section('instructions', text, '', mark)


def _text_section(name: str, text: str, count: str, mark: Mark | None) -> Entry:
    return Entry(
        name,
        (_name(name), *([Span(f'{count}  ')] if count else []), line(text.strip(), 'dim')),
        body=lambda: text_body(text),
        note=size(len(text.encode('utf-8', 'replace'))),
        mark=mark,
        copy=lambda: text,
    )


def _system_prompts(messages: SentMessages) -> list[str]:
    """System prompts, which stand at the beginning of the first message."""
    parts: Sequence[Json] = json_list(json_object(messages.at(0)).get('parts')) if messages.count else []
    return [
        content
        for part in map(json_object, parts)
        if part.get('part_kind') == 'system-prompt' and isinstance(content := part.get('content'), str)
    ]


def _messages_entry(request: Request, previous: Request | None, messages: SentMessages) -> Entry:
    count = messages.count
    unchanged = request.kept if previous is not None else count
    new = count - unchanged
    return Entry(
        'messages',
        (_name('messages'), Span(f'{count:,}')),
        inside=(lambda: message_entries(count, messages.at, unchanged)) if count else None,
        note=size(messages.size),
        mark=Mark('changed', f'{new:,} new') if new and previous is not None else None,
        opened=True,
        copy=lambda: dump_json(list(messages)),
    )


def _tools_entry(name: str, tools: Json, before: Json) -> Entry:
    definitions = _by_name(tools)
    old = _by_name(before) if before is not None else None
    gone = [tool for tool in (old or {}) if tool not in definitions]
    differs = old is not None and old != definitions

    def inside() -> Iterable[Entry]:
        width = max(map(len, definitions), default=0)
        for tool, fields in definitions.items():
            yield _tool_entry(tool, fields, min(width, 24), _tool_mark(tool, fields, old))
        for tool in gone:
            yield _tool_entry(tool, (old or {})[tool], min(width, 24), GONE)

    names = ', '.join(definitions)
    return Entry(
        name,
        (_name(name), Span(f'{len(definitions)}', 'text' if definitions else 'dim'), Span('  '), line(names, 'dim')),
        inside=inside if definitions or gone else None,
        note=size(json_bytes(tools)) if definitions else '',
        mark=Mark('changed', f'was {len(old)}')
        if differs and old is not None and len(old) != len(definitions)
        else INSIDE
        if differs
        else None,
        copy=lambda: dump_json(tools),
    )


def _tool_entry(name: str, fields: Mapping[str, Json], width: int, mark: Mark | None) -> Entry:
    description = fields.get('description')
    text = description.strip() if isinstance(description, str) else ''

    def inside() -> Iterable[Entry]:
        if text:
            yield Entry(
                'description',
                (Span('description  ', 'json-key'), line(text)),
                body=lambda: text_body(text),
                opened='\n' in text,
            )
        schema = fields.get('parameters_json_schema')
        if schema is not None:
            yield Entry(
                'schema',
                (Span('parameters   ', 'json-key'), line(_signature(schema), 'dim')),
                inside=json_inside(schema),
                note=size(json_bytes(schema)),
                copy=lambda: dump_json(schema),
            )
        rest = {
            field: value
            for field, value in fields.items()
            if field not in ('name', 'description', 'parameters_json_schema') and value not in (None, False)
        }
        yield from json_fields(rest)

    return Entry(
        name,
        (line(name.ljust(width), 'accent'), Span('  '), line(text.partition('\n')[0], 'dim')),
        inside=inside,
        note=size(json_bytes(dict(fields))),
        mark=mark,
        copy=lambda: dump_json(dict(fields)),
    )


def _signature(schema: Json) -> str:
    """The parameters of a schema in a line: `city: string, days: integer = 3`."""
    fields = json_object(schema)
    required = json_list(fields.get('required'))
    words: list[str] = []
    for name, parameter in json_object(fields.get('properties')).items():
        about = json_object(parameter)
        kind = about.get('type') or str(about.get('$ref', 'any')).rpartition('/')[2]
        default = f' = {short_json(about["default"])}' if 'default' in about else '' if name in required else '?'
        words.append(f'{name}: {kind if isinstance(kind, str) else short_json(kind)}{default}')
    return ', '.join(words) or 'none'


def _tool_mark(name: str, fields: Mapping[str, Json], before: Mapping[str, Mapping[str, Json]] | None) -> Mark | None:
    if before is None or before.get(name) == fields:
        return None
    return Mark('changed', 'changed') if name in before else NEW


def _by_name(tools: Json) -> dict[str, Mapping[str, Json]]:
    named: dict[str, Mapping[str, Json]] = {}
    for number, tool in enumerate(json_list(tools)):
        fields = json_object(tool)
        name = fields.get('name') or fields.get('kind')
        named[name if isinstance(name, str) and name not in named else f'{name} {number}'] = fields
    return named


def _output_entry(request: Request, previous: Request | None) -> Entry:
    text, before = _output_words(request), _output_words(previous) if previous is not None else None
    mark = Mark('changed', f'was {before}') if before is not None and before != text else None
    schema = request.output_schema
    return Entry(
        'output mode',
        (_name('output mode'), line(text, 'dim')),
        inside=json_inside(schema),
        note=size(json_bytes(schema)) if schema is not None else '',
        mark=mark,
    )


def _output_words(request: Request) -> str:
    return f'{request.output_mode or "unknown"}, {"text allowed" if request.allow_text_output else "no text"}'


def _field_mark(name: str, value: Json, before: Mapping[str, Json] | None) -> Mark | None:
    if before is None or before.get(name) == value:
        return None
    return Mark('changed', f'was {short_json(before[name])}') if name in before else NEW


def _name(name: str) -> Span:
    return Span(name.ljust(_NAME_WIDTH) + '  ', 'json-key')
