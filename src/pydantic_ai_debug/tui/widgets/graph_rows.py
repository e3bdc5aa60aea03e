"""The rows of the graph, drawn only where they are seen: ten thousand cost no more than a screenful."""

from __future__ import annotations

import time
from typing import ClassVar, get_args

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from pydantic_ai_debug.model.breakpoint_rows import BreakpointMarks
from pydantic_ai_debug.model.outline import Outline, OutlineRow, rows_around
from pydantic_ai_debug.model.selectors import SESSION_ROW, RowKey
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.tui.messages import FieldMessage
from pydantic_ai_debug.tui.present.graph_row import RowContext, RowStyle, draw_row, held_rows

_SPINNER_FPS = 10


class GraphRows(ScrollView, can_focus=True):
    """Shows an outline with a cursor. Which row is selected is said by whoever owns it; keys only ask for another."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f'graph-rows--{name}' for name in get_args(RowStyle)),
        'graph-rows--cursor',
    }
    DEFAULT_CSS = """
    GraphRows {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        .graph-rows--text { color: $foreground; }
        .graph-rows--dim { color: $text-muted; }
        .graph-rows--guide { color: $foreground 35%; }
        .graph-rows--strong { color: $foreground; text-style: bold; }
        .graph-rows--here { color: $text-accent; text-style: bold; }
        .graph-rows--running { color: $text-primary; }
        .graph-rows--failed { color: $text-error; }
        .graph-rows--retry { color: $text-warning; }
        .graph-rows--breakpoint { color: $text-error; }
        .graph-rows--cursor { background: $foreground 8%; }
        &:focus .graph-rows--cursor { background: $primary 30%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('j,down', 'move(1)', 'Down', show=False),
        Binding('k,up', 'move(-1)', 'Up', show=False),
        Binding('pagedown', 'move_page(1)', 'Page down', show=False),
        Binding('pageup', 'move_page(-1)', 'Page up', show=False),
        Binding('home', 'move_to_start', 'First', show=False),
        Binding('end', 'follow', 'Newest', show=False),
        Binding('left', 'fold', 'Fold', show=False),
        Binding('right', 'unfold', 'Unfold', show=False),
        Binding('enter', 'toggle_fold', 'Fold or unfold', show=False),
    ]

    class Moved(FieldMessage):
        """The user wants another row selected."""

        key: RowKey

    class FollowWanted(Message):
        """The user wants the newest row selected, now and from now on."""

    def __init__(self) -> None:
        super().__init__()
        self._outline = Outline()
        self._state = SessionState()
        self._selected: RowKey = SESSION_ROW
        self.moved_to: RowKey | None = None
        """The row that the user moved to, until who is told of it knows."""
        self._cursor = 0
        self._live = True
        self._held: frozenset[RowKey] = frozenset()
        self._breakpoints: tuple[Breakpoint, ...] = ()
        self._marks = BreakpointMarks()
        self._seen_at = time.monotonic()
        self._frame = 0
        self._moving_lines: set[int] = set()
        self._spinner: Timer | None = None

    def on_mount(self) -> None:
        self._spinner = self.set_interval(1 / _SPINNER_FPS, self._spin)

    # What is shown

    def show(self, state: SessionState, selected: RowKey, live: bool, breakpoints: tuple[Breakpoint, ...] = ()) -> None:
        """Show a state, with a row selected."""
        if state.time != self._state.time or state.count < self._state.count:
            self._seen_at = time.monotonic()
        self._state, self._live = state, live
        self._held = held_rows(state)
        if breakpoints is not self._breakpoints:
            self._breakpoints, self._marks = breakpoints, BreakpointMarks(breakpoints)
        self._outline.update(state)
        self._place_cursor(selected)
        self.refresh()

    @property
    def rows(self) -> list[OutlineRow]:
        return self._outline.rows

    @property
    def row_at_cursor(self) -> OutlineRow:
        return self.rows[self._cursor]

    def line_text(self, index: int) -> str:
        """A row as plain text, as wide as it is drawn."""
        return ''.join(
            piece.text for piece in draw_row(self.rows[index], self._row_context(max(self.size.width, 80))).pieces
        )

    def _row_context(self, width: int) -> RowContext:
        now = self._state.time
        if self._live and self._state.exit_code is None:
            now += time.monotonic() - self._seen_at
        return RowContext(
            self._state, now, self._live, self._frame, self._held, self._outline.folded, width, self._marks
        )

    def _place_cursor(self, selected: RowKey) -> None:
        """Put the cursor on the selected row, or on the nearest row above it that is not folded away."""
        self._resize()
        rows = self.rows
        moved = selected != self._selected
        self._selected = selected
        if self._cursor < len(rows) and rows[self._cursor].key == selected:
            index = self._cursor
        else:
            around = rows_around(self._state, selected)
            index = next(found for key in around if (found := self._index(key)) is not None)
        if index != self._cursor or moved:
            self._cursor = index
            self._scroll_to_cursor()

    def _index(self, key: RowKey) -> int | None:
        """Where a row is; looked for from the end, where new rows are."""
        rows = self.rows
        return next((index for index in range(len(rows) - 1, -1, -1) if rows[index].key == key), None)

    def _resize(self) -> None:
        size = Size(self.scrollable_content_region.width, len(self.rows))
        if size != self.virtual_size:
            self.virtual_size = size

    def _scroll_to_cursor(self) -> None:
        self.scroll_to_region(Region(0, self._cursor, 1, 1), animate=False, force=True, immediate=True, x_axis=False)

    def on_resize(self) -> None:
        self._resize()
        self._scroll_to_cursor()

    def _spin(self) -> None:
        """Draw the rows again that move by themselves; sleep when none of those that are seen does."""
        # A question stands over the rows: each change below it would draw the whole screen anew.
        if not self._moving_lines or self._state.offered is not None:
            if self._spinner is not None:
                self._spinner.pause()
            return
        self._frame += 1
        lines, self._moving_lines = self._moving_lines, set()
        for line in lines:
            self.refresh(Region(0, line - self.scroll_offset.y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        base = self.rich_style
        if index >= len(self.rows):
            return Strip.blank(width, base)
        drawn = draw_row(self.rows[index], self._row_context(width))
        if drawn.moves:
            self._moving_lines.add(index)
            if self._spinner is not None and self._state.offered is None:
                self._spinner.resume()
        background = base
        if index == self._cursor:
            background = base + Style(bgcolor=self.get_component_rich_style('graph-rows--cursor').bgcolor)
        segments = [Segment(piece.text, background + self._style_of(piece.style)) for piece in drawn.pieces]
        return Strip(segments).adjust_cell_length(width, background)

    def _style_of(self, name: RowStyle) -> Style:
        style = self.get_component_rich_style(f'graph-rows--{name}')
        return Style(color=style.color, bold=style.bold)

    # What the user does

    def action_move(self, by: int) -> None:
        self._move_to(self._cursor + by)

    def action_move_page(self, direction: int) -> None:
        self._move_to(self._cursor + direction * max(self.size.height - 1, 1))

    def action_move_to_start(self) -> None:
        self._move_to(0)

    def action_follow(self) -> None:
        self.post_message(self.FollowWanted())

    def _move_to(self, index: int) -> None:
        index = min(max(index, 0), len(self.rows) - 1)
        key = self.rows[index].key
        if index != self._cursor:
            before, self._cursor, self._selected = self._cursor, index, key
            self._scroll_to_cursor()
            for line in (before, index):
                self.refresh(Region(0, line - self.scroll_offset.y, self.size.width, 1))
        self.moved_to = key
        self.post_message(self.Moved(key))

    def select(self, key: RowKey) -> None:
        """Go to a row, as the user would."""
        index = self._index(key)
        if index is not None:
            self._move_to(index)

    def action_fold(self) -> None:
        """Fold a row; one that has nothing to fold leads to its parent instead."""
        row = self.row_at_cursor
        if row.opens and row.key not in self._outline.folded and row.key != SESSION_ROW:
            self._fold(row, True)
        elif row.parent is not None:
            self.select(row.parent.key)

    def action_unfold(self) -> None:
        row = self.row_at_cursor
        if row.key in self._outline.folded:
            self._fold(row, False)
        elif row.opens:
            self.action_move(1)

    def action_toggle_fold(self) -> None:
        row = self.row_at_cursor
        if row.opens and row.key != SESSION_ROW:
            self._fold(row, row.key not in self._outline.folded)

    def _fold(self, row: OutlineRow, folded: bool) -> None:
        self._outline.toggle(row.key, folded)
        self._resize()
        self.refresh()

    def on_click(self, event: Click) -> None:
        index = event.y + self.scroll_offset.y
        if not 0 <= index < len(self.rows):
            return
        row = self.rows[index]
        self._move_to(index)
        marker = 0 if row.depth <= 1 else 2 * (row.depth - 2) + 1
        if row.opens and event.x == marker:
            self.action_toggle_fold()
