"""A tree of entries, drawn only where it is seen: ten thousand messages cost no more than a screenful.

Not Textual's Tree: that builds a node per entry, reads labels as markup, and recurses into what is nested.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, get_args

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pydantic_ai_debug.tui.present.entries import Entry
from pydantic_ai_debug.tui.present.styled import StyleName

from .tree_rows import INDENT, Path, TreeRow, TreeRows

_GUTTER = 2
"""Columns of the glyph that marks what has changed."""
_SEARCHED = 8_000
"""Entries that a search looks at."""
_SEARCHED_TEXT = 2_000_000
"""Characters of texts below them that it looks at."""


class ValueTree(ScrollView, can_focus=True):
    """Shows entries with a cursor; right or enter opens one, left closes it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f'value-tree--{name}' for name in get_args(StyleName)),
        'value-tree--cursor',
        'value-tree--note',
    }
    DEFAULT_CSS = """
    ValueTree {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        .value-tree--text { color: $foreground; }
        .value-tree--strong { color: $foreground; text-style: bold; }
        .value-tree--dim { color: $text-muted; }
        .value-tree--heading { color: $foreground; text-style: bold; }
        .value-tree--accent { color: $text-accent; }
        .value-tree--success { color: $text-success; }
        .value-tree--warning { color: $text-warning; }
        .value-tree--error { color: $text-error; }
        .value-tree--changed { color: $text-warning; text-style: bold; }
        .value-tree--stderr { color: $text-error; }
        .value-tree--json-key { color: $text-primary; }
        .value-tree--json-string { color: $text-success; }
        .value-tree--json-literal { color: $text-warning; }
        .value-tree--emphasis { color: $foreground; text-style: italic; }
        .value-tree--code { color: $text-secondary; }
        .value-tree--added { color: $text-success; text-style: underline; }
        .value-tree--removed { color: $text-error; text-style: strike; }
        .value-tree--note { color: $text-muted; }
        .value-tree--cursor { background: $primary 30%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('j,down', 'move(1)', 'Down', show=False),
        Binding('k,up', 'move(-1)', 'Up', show=False),
        Binding('pagedown', 'move_page(1)', 'Page down', show=False),
        Binding('pageup', 'move_page(-1)', 'Page up', show=False),
        Binding('home', 'move_to_start', 'First', show=False),
        Binding('end', 'move_to_end', 'Last', show=False),
        Binding('right', 'open', 'Open', show=False),
        Binding('left', 'close', 'Close', show=False),
        Binding('enter', 'toggle_entry', 'Open or close', show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tree = TreeRows()
        self._cursor = 0

    # What is shown

    def show(self, roots: Sequence[Entry]) -> None:
        """Show entries in place of those before; cursor and open entries stay, by path."""
        row = self.row_at_cursor
        self._tree.show(roots, self._width)
        self._restore(row)

    def start_over(self) -> None:
        """Forget the cursor and what was open, for entries of something else."""
        self._tree.forget()
        self._cursor = 0
        self.scroll_to(y=0, animate=False)

    @property
    def rows(self) -> Sequence[TreeRow]:
        """What is drawn, from top to bottom."""
        return self._tree.rows

    @property
    def row_at_cursor(self) -> TreeRow | None:
        return self._tree.rows[self._cursor] if self._cursor < len(self._tree.rows) else None

    def plain_text(self) -> str:
        """The entry at the cursor: all of its content where it has some, else its label."""
        row = self.row_at_cursor
        if row is None:
            return ''
        return row.entry.copy() if row.entry.copy is not None else row.entry.text.strip()

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def _restore(self, row: TreeRow | None) -> None:
        """Put the cursor back on a row after the rows were made anew, or on the nearest entry above it."""
        if row is not None:
            self._cursor = self._find_row(row)
        self._cursor = max(0, min(self._cursor, len(self._tree.rows) - 1))
        self.virtual_size = Size(self._width, len(self._tree.rows))
        self.refresh()

    def _find_row(self, row: TreeRow) -> int:
        places = {(tree_row.path, tree_row.number): index for index, tree_row in enumerate(self._tree.rows)}
        path: Path = row.path
        number = row.number
        while path:
            index = places.get((path, number))
            if index is not None:
                return index
            path, number = (path, 0) if number else (path[:-1], 0)
        return self._cursor

    def _update(self, row: TreeRow | None) -> None:
        self._tree.update(self._width)
        self._restore(row)

    def on_resize(self, event: Resize) -> None:
        self._update(self.row_at_cursor)

    # Moving

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, and the row on the screen."""
        self._cursor = max(0, min(index, len(self._tree.rows) - 1))
        self.scroll_to_region(Region(0, self._cursor, 1, 1), animate=False, force=True)
        self.refresh()

    def action_move(self, rows: int) -> None:
        self.move_to(self._cursor + rows)

    def action_move_page(self, pages: int) -> None:
        self.move_to(self._cursor + pages * max(1, self.scrollable_content_region.height - 1))

    def action_move_to_start(self) -> None:
        self.move_to(0)

    def action_move_to_end(self) -> None:
        self.move_to(len(self._tree.rows) - 1)

    def action_open(self) -> None:
        """Open the entry at the cursor; go into it where it is open."""
        row = self.row_at_cursor
        if row is None or row.body is not None:
            return
        if row.entry.opens and not row.is_open:
            self._set_open(row, True)
        elif row.is_open:
            self.action_move(1)

    def action_close(self) -> None:
        """Close the entry at the cursor; go to what it is in where it is closed."""
        row = self.row_at_cursor
        if row is None:
            return
        if row.is_open:
            self._set_open(row, False)
        elif len(row.path) > 1:
            self.move_to(next(index for index, other in enumerate(self.rows) if other.path == row.path[:-1]))

    def action_toggle_entry(self) -> None:
        row = self.row_at_cursor
        if row is not None and row.entry.opens:
            self._set_open(row, not row.is_open)

    def _set_open(self, row: TreeRow, is_open: bool) -> None:
        self._tree.set_open(row.path, is_open)
        self._update(row if is_open else TreeRow(row.path, row.entry))
        self.move_to(self._cursor)

    def on_click(self, event: Click) -> None:
        index = self.scroll_offset.y + event.get_content_offset_capture(self).y
        if not 0 <= index < len(self._tree.rows):
            return
        row = self._tree.rows[index]
        on_arrow = event.x <= _GUTTER + INDENT * row.depth + 1
        self.move_to(index)
        if event.chain == 2 or on_arrow:
            self.action_toggle_entry()

    # Search

    def search(self, query: str, *, forward: bool = True) -> bool:
        """Go to the next row, wrapping around, that contains a text in lower case; closed entries are opened for it."""
        count = len(self._tree.rows)
        step = 1 if forward else -1
        for distance in range(1, count):
            index = (self._cursor + step * distance) % count
            if query in self._tree.rows[index].text.lower():
                self.move_to(index)
                return True
        return self._search_closed(query)

    def _search_closed(self, query: str) -> bool:
        """Open what contains the text, also in a text that is shown below an entry."""
        seen = {row.path for row in self._tree.rows}
        room = _SEARCHED_TEXT
        for path, entry in self._tree.walk(_SEARCHED):
            in_label = path not in seen and query in entry.text.lower()
            in_body = False
            if not in_label and entry.body is not None and room > 0 and not self._tree.is_open(path, entry):
                body = ''.join(span.text for span in entry.body())
                room -= len(body)
                in_body = query in body.lower()
            if not in_label and not in_body:
                continue
            for length in range(1, len(path) + in_body):
                self._tree.set_open(path[:length], True)
            self._update(None)
            rows = self._tree.rows
            found = (at for at, row in enumerate(rows) if row.path == path and query in row.text.lower())
            self.move_to(next(found, self._find_row(TreeRow(path, entry))))
            return True
        row = self.row_at_cursor
        return row is not None and query in row.text.lower()

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self._width
        index = self.scroll_offset.y + y
        base = self.rich_style
        if index >= len(self._tree.rows):
            return Strip.blank(width, base)
        row = self._tree.rows[index]
        segments = self._entry_segments(row, width, base) if row.body is None else self._body_segments(row, base)
        strip = Strip(segments).crop_extend(0, width, base)
        if index == self._cursor and self.has_focus:
            cursor = Style(bgcolor=self.get_component_rich_style('value-tree--cursor').bgcolor)
            strip = Strip([Segment(text, (style or base) + cursor) for text, style, _ in strip], width)
        return strip

    def _entry_segments(self, row: TreeRow, width: int, base: Style) -> list[Segment]:
        entry = row.entry
        arrow = ('▾ ' if row.is_open else '▸ ') if entry.opens else '  '
        glyph = entry.mark.glyph if entry.mark is not None else ' '
        segments = [
            Segment(glyph + ' ', self._style('changed')),
            Segment(' ' * (INDENT * row.depth), base),
            Segment(arrow, self._style('dim')),
            *(Segment(text, self._style(style)) for text, style, _ in entry.label),
        ]
        right = Strip(self._right_segments(entry))
        # What stands at the right edge is cut before the name is.
        name = cell_len(entry.label[0].text.rstrip()) if entry.label else 0
        least = min(_GUTTER + INDENT * row.depth + len(arrow) + name + 2, width - 8)
        room = max(width - right.cell_length - 1 if right else width, least)
        left = self._cut(Strip(segments), room)
        if not right:
            return list(left)
        return [*left.crop_extend(0, room, base), Segment(' ', base), *self._cut(right, width - room - 1)]

    def _cut(self, strip: Strip, room: int) -> Strip:
        if strip.cell_length <= room:
            return strip
        return Strip([*strip.crop(0, room - 1), Segment('…', self._style('dim'))])

    def _right_segments(self, entry: Entry) -> list[Segment]:
        """What stands at the right edge: what changed, and a note."""
        right: list[Segment] = []
        if entry.mark is not None and entry.mark.text:
            right.append(Segment(entry.mark.text, self._style('changed')))
        if entry.note:
            right.append(Segment(('  ' if right else '') + entry.note, self._style('note')))
        return right

    def _body_segments(self, row: TreeRow, base: Style) -> list[Segment]:
        assert row.body is not None
        line, begin, end = row.body
        segments = [Segment(' ' * (_GUTTER + INDENT * (row.depth + 1) + line.indent), base)]
        stops = [*(start for start, _ in line.runs[1:]), len(line.text)]
        for (start, style), stop in zip(line.runs, stops, strict=True):
            if start < end and stop > begin:
                text = line.text[max(start, begin) : min(stop, end)]
                segments.append(Segment(text, self._style(style)))
        return segments

    def _style(self, name: StyleName | str) -> Style:
        return self.get_component_rich_style(f'value-tree--{name}')
