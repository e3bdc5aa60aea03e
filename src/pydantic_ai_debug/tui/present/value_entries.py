"""Bounded pictures of objects as entries of a tree, compared with the pictures before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pydantic_ai_debug.protocol.values import Child, Value, ValueKind, ValueRoot

from .entries import GONE, INSIDE, NEW, Entry, Mark, line, names_width, note_entry, paged, text_body
from .styled import Span, StyleName

_MAX_DEPTH = 200

_STYLES: dict[ValueKind, StyleName] = {
    'none': 'json-literal',
    'bool': 'json-literal',
    'number': 'json-literal',
    'str': 'json-string',
    'bytes': 'json-string',
    'date': 'json-literal',
    'path': 'json-string',
    'enum': 'json-literal',
    'array': 'json-literal',
    'callable': 'dim',
    'secret': 'dim',
    'cycle': 'dim',
    'error': 'error',
    'other': 'dim',
}
_COLLECTIONS = ('mapping', 'sequence', 'set', 'object')


@dataclass(frozen=True)
class Wanted:
    """A part of an object that its picture does not show."""

    root: ValueRoot
    path: tuple[int, ...]
    start: int


@dataclass(frozen=True)
class Deeper:
    """What is known beyond the first picture, and how to get more."""

    ask: Callable[[Wanted], str]
    """Ask for more; returns what to say in its place until it comes."""
    pages: Mapping[Wanted, Value | None] = field(default_factory=dict[Wanted, 'Value | None'])
    """Pictures that were sent since; None where the object is gone."""


def value_entry(
    name: str,
    value: Value,
    before: Value | None,
    root: ValueRoot,
    deeper: Deeper,
    *,
    compare: bool = True,
    opened: bool = False,
    path: tuple[int, ...] = (),
    width: int = 0,
) -> Entry:
    """The entry of a whole object.

    Args:
        name: What it is called.
        value: Its picture.
        before: Its picture before the last step.
        root: Which of the run's objects it is.
        deeper: What is known beyond the picture.
        compare: Whether differences are marked.
        opened: Whether it is open at first.
        path: Where it is, for a root that holds several objects.
        width: Columns that its name takes at least.
    """
    return _Maker(root, deeper).entry(name, value, before, path, compare=compare, opened=opened, width=width)


class _Maker:
    def __init__(self, root: ValueRoot, deeper: Deeper) -> None:
        self._root: ValueRoot = root
        self._deeper = deeper

    def entry(
        self,
        name: str,
        value: Value,
        before: Value | None,
        path: tuple[int, ...],
        *,
        compare: bool,
        opened: bool = False,
        width: int = 0,
    ) -> Entry:
        known = self._deeper.pages.get(Wanted(self._root, path, 0)) if value.opens else None
        shown = known or value
        lazy = shown.children is None and shown.opens
        has_inside = (lazy or bool(shown.children) or shown.more > 0) and len(path) < _MAX_DEPTH
        full_text = value.text if value.kind == 'str' and (len(value.text) > 60 or '\n' in value.text) else None
        return Entry(
            name,
            (Span(line(name).text.ljust(width) + '  ', 'json-key'), *value_label(value)),
            inside=(lambda: self._inside(shown, before, path, compare)) if has_inside else None,
            body=(lambda: text_body(full_text)) if full_text is not None else None,
            mark=_mark(value, before) if compare else None,
            opened=opened,
            lazy=lazy,
            copy=lambda: value.text if value.kind not in _COLLECTIONS else value_text(value),
        )

    def _inside(self, value: Value, before: Value | None, path: tuple[int, ...], compare: bool) -> Iterable[Entry]:
        if value.children is None:
            return [self._missing(path, 0, 'inside')]
        old = {child.name: child.value for child in (before.children or ())} if before is not None else {}
        comparable = compare and before is not None and before.children is not None and before.start == value.start
        children = list(value.children)
        position, more = value.start + len(children), value.more
        entries: list[Entry] = []
        while more and (page := self._deeper.pages.get(Wanted(self._root, path, position))) is not None:
            if not page.children:
                break
            children += page.children
            position, more = position + len(page.children), page.more
        width = names_width(child.name for child in children)
        names: dict[str, int] = {}

        def make(number: int, child: Child) -> Entry:
            # Keys of a mapping may look the same, and members of a set have no names.
            repeats = names[child.name] = names.get(child.name, 0) + 1
            entry = self.entry(
                child.name, child.value, old.get(child.name), (*path, number), compare=comparable, width=width
            )
            if comparable and child.name not in old:
                entry = replace(entry, mark=NEW)
            return entry if repeats == 1 else replace(entry, key=f'{child.name}#{repeats}')

        entries += paged(children, make, first=value.start)
        if comparable and not value.more:
            present = {child.name for child in children}
            gone = [child for child in (before.children or ()) if child.name not in present] if before else []
            entries += [
                replace(self.entry(child.name, child.value, None, path, compare=False, width=width), mark=GONE)
                for child in gone
            ]
        if more:
            entries.append(self._missing(path, position, f'{more:,} more'))
        return entries

    def _missing(self, path: tuple[int, ...], start: int, what: str) -> Entry:
        wanted = Wanted(self._root, path, start)
        if wanted in self._deeper.pages:
            return note_entry('gone', 'no longer there')
        if start == 0:
            return note_entry('missing', self._deeper.ask(wanted))
        return Entry(
            f'more {start}',
            (Span(f'… {what}', 'dim'),),
            inside=lambda: [note_entry('missing', self._deeper.ask(wanted))],
            lazy=True,
        )


def value_label(value: Value) -> tuple[Span, ...]:
    """A picture in a line."""
    if value.kind == 'str':
        size = value.size if value.size is not None and value.size > 200 else None
        note = (Span(f'  {size:,} characters', 'dim'),) if size is not None else ()
        subclass = (Span(f'  {line(value.type).text}', 'dim'),) if value.type != 'str' else ()
        return (line(f'"{value.text}"' if size is None else f'"{value.text[:160]}…"', 'json-string'), *subclass, *note)
    if value.kind in _COLLECTIONS:
        return (line(value.type), Span(f'  {line(value.text).text}', 'dim'))
    text = line(value.text, _STYLES.get(value.kind, 'text'))
    if value.kind in ('none', 'bool', 'cycle', 'callable', 'path') or value.type in ('int', 'float', 'bytes'):
        return (text,)
    # `datetime.date(2026, 5, 16)` says its type already.
    return (text,) if value.type in value.text else (text, Span(f'  {line(value.type).text}', 'dim'))


def value_text(value: Value, indent: int = 0) -> str:
    """A picture as text of many lines, for the clipboard."""
    head = f'{value.type} {value.text}'.strip() if value.kind in _COLLECTIONS else value.text
    if not value.children or indent > _MAX_DEPTH:
        return head
    pad = '  ' * (indent + 1)
    rows = [f'{pad}{child.name}: {value_text(child.value, indent + 1)}' for child in value.children]
    rest = [f'{pad}… {value.more:,} more'] if value.more else []
    return '\n'.join([head, *rows, *rest])


def _mark(value: Value, before: Value | None) -> Mark | None:
    if before is None or before == value:
        return None
    if value.kind in _COLLECTIONS and before.kind == value.kind and before.type == value.type:
        # Another number of items says more than that something inside differs.
        is_resized = value.size != before.size and value.kind != 'object'
        return Mark('changed', f'was {line(before.text).text}') if is_resized else INSIDE
    short = before.text if len(before.text) <= 24 else before.text[:23] + '…'
    return Mark('changed', f'was {line(short).text}')
