"""Structured output as entries while it arrives: a line a field, with its type and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic_ai_debug.model.glyphs import GLYPHS
from pydantic_ai_debug.model.json_layout import scalar_text
from pydantic_ai_debug.model.numbers import plural
from pydantic_ai_debug.model.typed_fields import FieldStatus, TypedField, arriving_inside
from pydantic_ai_debug.protocol.events import Json

from .entries import Entry, line, names_width, paged, text_body
from .json_text import dump_json
from .styled import Span, StyleName

OUTPUT_KEY = 'output'
"""Key of the entry of the whole output."""

_OPEN_ITEMS = 20
"""Items of a list that are open, the newest ones."""
_LONG_TEXT = 60
"""Characters from which on a text has lines of its own."""
_MAX_TYPE = 24
_TYPE_COLUMN = 16
"""Widest type that widens the column of types."""

_GLYPHS: Mapping[FieldStatus, tuple[str, StyleName]] = {
    'awaited': (GLYPHS['waiting'], 'dim'),
    'arriving': (GLYPHS['running'], 'accent'),
    'complete': (GLYPHS['done'], 'success'),
    'omitted': (GLYPHS['skipped'], 'dim'),
    'wrong': (GLYPHS['failed'], 'error'),
}


def partial_entry(whole: TypedField, *, ended: bool, text: str, opened: bool) -> Entry:
    """The entry of an output that is not the run's result yet.

    Args:
        whole: What has come of it.
        ended: Whether nothing more comes.
        text: What has come, as JSON.
        opened: Whether what is nested is open; else a line of its parent says how far it has come.
    """
    label = [Span('partial  ', 'strong'), _type_span(whole), *([Span('  ')] if whole.type_name else [])]
    return Entry(
        OUTPUT_KEY,
        (*label, *_progress(whole, ended)),
        inside=lambda: _inside(whole, opened),
        opened=True,
        copy=lambda: text,
    )


def _progress(whole: TypedField, ended: bool) -> Iterable[Span]:
    """How much of an output has come, and what becomes of it."""
    if whole.problem:
        yield line(f'{whole.problem}  ', 'error')
    if whole.problems:
        yield Span(f'{_problems(whole)}  ', 'error')
    if ended and whole.status in ('arriving', 'awaited'):
        yield Span('ended before it was complete  ', 'warning')
    if whole.status == 'complete':
        yield Span('complete' if whole.problems else 'complete, not validated yet', 'dim')
    elif whole.shape != 'list' and whole.inside:
        yield Span(f'{whole.arrived} of {plural(len(whole.inside), "field")}', 'dim')
    elif whole.shape in ('object', 'list'):
        yield Span(_size(whole), 'dim')


def _inside(field: TypedField, opened: bool) -> Iterable[Entry]:
    names = names_width(inner.name for inner in field.inside)
    types = names_width((_type_span(inner).text for inner in field.inside), _TYPE_COLUMN)
    closed = len(field.inside) - _OPEN_ITEMS if field.shape == 'list' else 0

    def make(number: int, inner: TypedField) -> Entry:
        return _field_entry(inner, names, types, opened, opened and number >= closed)

    return paged(field.inside, make, open_last=True)


def _field_entry(field: TypedField, names: int, types: int, opened: bool, is_open: bool) -> Entry:
    glyph, style = _GLYPHS[field.status]
    is_quiet = field.status in ('awaited', 'omitted')
    text = field.value if field.shape == 'scalar' and isinstance(field.value, str) and not is_quiet else None
    is_long = text is not None and (len(text) > _LONG_TEXT or '\n' in text)
    words = list(_value(field, opened=opened))
    return Entry(
        field.name,
        (
            Span(f'{glyph} ', style),
            Span(line(field.name).text.ljust(names) + '  ', 'dim' if is_quiet else 'json-key'),
            Span(_type_span(field).text.ljust(types) + ('  ' if types and words else ''), 'dim'),
            *words,
        ),
        inside=(lambda: _inside(field, opened)) if field.inside else None,
        body=(lambda: text_body(text)) if text is not None and is_long else None,
        note=f'{len(text):,} characters' if text is not None and is_long else '',
        opened=is_open,
        copy=lambda: text if text is not None else dump_json(_plain(field)),
    )


def _type_span(field: TypedField) -> Span:
    name = field.type_name
    return line(name if len(name) <= _MAX_TYPE else f'{name[: _MAX_TYPE - 1]}…', 'dim')


def _value(field: TypedField, *, opened: bool) -> Iterable[Span]:
    """What has come of a field, on its line; why it does not fit comes first, since a value may be long."""
    if field.problem:
        yield line(field.problem, 'error' if field.status == 'wrong' else 'warning')
        yield Span('  ')
    if field.status == 'omitted':
        default = f', {scalar_text(field.value)[0]} by default' if field.shape == 'scalar' else ''
        yield line(f'not given{default}', 'dim')
    elif field.shape == 'scalar':
        yield from _scalar(field, opened=opened)
    elif field.shape != 'unknown':
        inner = arriving_inside(field) if not opened else None
        yield from _place(inner, '') if inner is not None else [Span(_size(field), 'dim')]
        if field.problems:
            yield Span(f'  {_problems(field)}', 'error')


def _place(field: TypedField, path: str) -> Iterable[Span]:
    """Where in a closed value text is being added, and what has come there."""
    step = f'[{field.name}]' if field.name.isdigit() else f'.{field.name}'
    path = f'{path}{step}'
    inner = arriving_inside(field)
    if inner is not None:
        yield from _place(inner, path)
        return
    yield line(path.removeprefix('.'), 'accent')
    if field.shape == 'scalar':
        yield Span('  ')
        yield from _scalar(field, opened=False)


def _scalar(field: TypedField, *, opened: bool) -> Iterable[Span]:
    value = field.value
    if not isinstance(value, str):
        yield line(*scalar_text(value))
    elif not opened or (len(value) <= _LONG_TEXT and '\n' not in value):
        shown, style = scalar_text(value[:1000])
        # A text that is not whole has no quote at its end.
        yield line(shown.removesuffix('"') if field.status == 'arriving' else shown, style)


def _size(field: TypedField) -> str:
    return plural(len(field.inside), 'item') if field.shape == 'list' else plural(field.arrived, 'field')


def _problems(field: TypedField) -> str:
    count = field.problems
    return f'{count:,} {"does" if count == 1 else "do"} not fit'


def _plain(field: TypedField) -> Json:
    """What has come of a value, as JSON."""
    come: Sequence[TypedField] = [inner for inner in field.inside if inner.shape != 'unknown']
    match field.shape:
        case 'object':
            return {inner.name: _plain(inner) for inner in come if inner.status != 'omitted'}
        case 'list':
            return [_plain(inner) for inner in come]
        case _:
            return field.value
