"""The State pane: usage, deps and the rest as they were after a node, with what its step changed marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic_ai_debug.model.details import RunSnapshot
from pydantic_ai_debug.model.numbers import dollars
from pydantic_ai_debug.protocol.events import Json
from pydantic_ai_debug.protocol.values import Value

from .tags import NOTHING, Markup, folded, joined, pane, span, tag, text

_DEEPEST = 30
_USAGE_SHOWN_AS_COST = 'cost'


def state_pane(before: RunSnapshot | None, after: RunSnapshot) -> Markup:
    """The state after a step, None before it where the run began with it."""
    rows = [*_rows(before, after)]
    return pane('State', tag('div', *rows, class_='tree')) if rows else NOTHING


def _rows(before: RunSnapshot | None, after: RunSnapshot) -> Iterator[Markup]:
    for name in ('deps', 'metadata'):
        value: Value | None = getattr(after, name)
        if value is not None and value.kind != 'none':
            yield value_row(name, value, getattr(before, name) if before is not None else value)
    yield from _usage(before.usage if before is not None else {}, after.usage)
    for name in ('run_step', 'retries'):
        count: int | None = getattr(after, name)
        if count is not None:
            was: int | None = getattr(before, name) if before is not None else None
            yield _scalar(name, str(count), _was(was if was is not None and was != count else None))
    if after.cost is not None:
        was_cost = before.cost if before is not None and before.cost != after.cost else None
        yield _scalar('cost', dollars(after.cost), _was(dollars(was_cost) if was_cost is not None else None))


def _usage(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Markup]:
    for name, value in after.items():
        if name == _USAGE_SHOWN_AS_COST or isinstance(value, (dict, list)):
            continue
        changed = before.get(name) != value
        yield _scalar(name.replace('_', ' '), str(value), _was(before.get(name, 0) if changed else None))


def _was(value: object) -> Markup:
    return span('was', f'was {value}') if value is not None else NOTHING


def _scalar(name: str, value: str, was: Markup) -> Markup:
    style = 'leaf changed' if was else 'leaf'
    return tag('div', span('name', name), text(' '), span('literal', value), text(' '), was, class_=style)


def value_row(name: str, value: Value, before: Value | None, depth: int = 0) -> Markup:
    """A picture with what is inside it; what differs from before is marked."""
    changed = before is None or before != value
    inside = value.children or ()
    was = NOTHING
    if changed:
        was = span('was', 'new' if before is None else f'was {before.text}' if before.text != value.text else 'changed')
    kind = '' if value.kind in ('str', 'number', 'bool', 'none') else value.type
    label = joined(
        [
            span('name', name),
            text(' '),
            span('type', f'{kind} ') if kind else NOTHING,
            span('literal' if not inside else 'dim', value.text),
            text(' '),
            was if not inside or before is None else NOTHING,
        ]
    )
    style = 'changed' if changed else ''
    if not inside or depth >= _DEEPEST:
        return tag('div', label, class_=f'leaf {style}'.strip())
    known = {child.name: child.value for child in (before.children or ())} if before is not None else {}
    rows = [
        value_row(child.name, child.value, known.get(child.name) if changed else child.value, depth + 1)
        for child in inside
    ]
    if value.more:
        rows.append(tag('div', span('dim', f'… {value.more:,} more'), class_='leaf'))
    return folded(label, *rows, opened=depth == 0 or changed, style=style)
