"""A scrolling text that grows without end: wrapped, styled, searchable, painted only where it is seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, NamedTuple, get_args

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from pydantic_ai_debug.tui.present.styled import Span, StyleName

from .document import Document, Place, Row, matcher

_SETTLE_INTERVAL = 1 / 30
_SETTLE_BUDGET = 0.01


class Found(NamedTuple):
    """Where a search stands."""

    number: int
    """Which match is shown, from 1; 0 where there is none."""
    total: int
    """How many there are, counted up to 10,000."""


class TextView(ScrollView, can_focus=True):
    """Shows blocks of styled text and keeps up with what is added at the end.

    Text is sanitized here and never read as markup: callers may hand over what models, tools and scripts wrote.
    Each change repaints once; who gets many small changes collects them and adds them together on a timer.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f'text-view--{name}' for name in get_args(StyleName)),
        'text-view--match',
        'text-view--match-current',
    }
    DEFAULT_CSS = """
    TextView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        .text-view--text { color: $foreground; }
        .text-view--strong { color: $foreground; text-style: bold; }
        .text-view--dim { color: $text-muted; }
        .text-view--heading { color: $text-accent; text-style: bold; }
        .text-view--accent { color: $text-accent; }
        .text-view--success { color: $text-success; }
        .text-view--warning { color: $text-warning; }
        .text-view--error { color: $text-error; }
        .text-view--changed { color: $text-warning; text-style: bold; }
        .text-view--stderr { color: $text-error; }
        .text-view--json-key { color: $text-primary; }
        .text-view--json-string { color: $text-success; }
        .text-view--json-literal { color: $text-warning; }
        .text-view--emphasis { color: $foreground; text-style: italic; }
        .text-view--code { color: $text-secondary; }
        .text-view--added { color: $text-success; text-style: underline; }
        .text-view--removed { color: $text-error; text-style: strike; }
        .text-view--match { background: $warning 40%; color: $foreground; }
        .text-view--match-current { background: $warning; color: $background; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('j,down', 'scroll_rows(1)', 'Down', show=False),
        Binding('k,up', 'scroll_rows(-1)', 'Up', show=False),
        Binding('pagedown', 'scroll_pages(1)', 'Page down', show=False),
        Binding('pageup', 'scroll_pages(-1)', 'Page up', show=False),
        Binding('home', 'scroll_to_start', 'Start', show=False),
        Binding('end', 'scroll_to_end', 'End', show=False),
    ]

    following: var[bool] = var(False)
    """Whether the view stays at the end while text is added. Watch it to say so on the screen."""
    overflows: var[bool] = var(False)
    """Whether there is more text than is seen at once: without, there is nothing to follow."""

    def __init__(
        self,
        *,
        follow: bool = True,
        empty_text: str = '',
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Create a view.

        Args:
            follow: Whether the view stays at the end until the user scrolls up, and again after they are back there.
            empty_text: What is shown, dimmed, while there is no text: why it is empty and what fills it.
            name: The widget's name.
            id: The widget's id.
            classes: The widget's classes.
        """
        super().__init__(name=name, id=id, classes=classes)
        self._follow = follow
        self.set_reactive(TextView.following, follow)
        self._empty_text = empty_text
        self._document = Document()
        self._query = ''
        self._match: Place | None = None
        self._moving = False
        self._settling: Timer | None = None

    # Content

    def start_block(self) -> int:
        """Begin a block, which starts on a line of its own, and return its number for `replace_block`."""
        return self._document.start_block()

    def append(self, text: str, style: StyleName = 'text', indent: int = 0) -> None:
        """Add text to the last block, continuing its last line unless that ended with a newline."""
        self.append_spans([Span(text, style, indent)])

    def append_spans(self, spans: Iterable[Span]) -> None:
        """Add stretches of text to the last block; the same as many `append`, painted once."""
        place = self._top_place()
        self._document.append(spans)
        self._show_change(place)

    def extend_block(self, block: int, spans: Iterable[Span]) -> None:
        """Add stretches of text to a block, which others may follow."""
        place = self._top_place()
        self._document.extend(block, spans)
        self._show_change(place)

    def replace_block(self, block: int, spans: Iterable[Span]) -> None:
        """Show something else in place of all of a block's text."""
        place = self._top_place()
        self._document.replace(block, spans)
        self._show_change(place)

    def show(self, spans: Iterable[Span]) -> None:
        """Show this and nothing else, from its start (or its end, where the view follows)."""
        self._document.clear()
        self._match = None
        self.following = self._follow
        self._document.append(spans)
        self._show_change(None, top=0)

    def clear(self) -> None:
        """Remove all text; block numbers begin at 0 again."""
        self.show([])

    @property
    def is_empty(self) -> bool:
        """Whether there is no text."""
        return self._document.height == 0

    @property
    def empty_text(self) -> str:
        """What is shown while there is no text."""
        return self._empty_text

    @empty_text.setter
    def empty_text(self, text: str) -> None:
        if text != self._empty_text:
            self._empty_text = text
            self.refresh()

    def plain_text(self, block: int | None = None) -> str:
        """The text of a block, or all of it, as it is drawn (control characters made visible, tabs expanded)."""
        return self._document.plain_text(block)

    # Search

    def find(self, query: str) -> Found:
        """Highlight `query` wherever it occurs and go to the first match that is not above what is seen.

        It is found literally, and in any case unless it has a capital letter. An empty query ends the search.
        """
        self._query = query
        self._match = None
        places = self._places()
        if not places:
            self.refresh()
            return Found(0, 0)
        rows = (self._document.row_of(place) or 0 for place in places)
        index = next((index for index, row in enumerate(rows) if row >= self.scroll_offset.y), 0)
        return self._go_to_match(places, index)

    def find_next(self) -> Found:
        """Go to the next match, from the last one to the first."""
        return self._step_match(1)

    def find_previous(self) -> Found:
        """Go to the match before, from the first one to the last."""
        return self._step_match(-1)

    def _places(self) -> list[Place]:
        return self._document.find(self._query) if self._query else []

    def _step_match(self, step: int) -> Found:
        places = self._places()
        if not places:
            return Found(0, 0)
        try:
            index = (places.index(self._match) + step) % len(places) if self._match else 0
        except ValueError:  # its text was replaced
            index = 0
        return self._go_to_match(places, index)

    def _go_to_match(self, places: list[Place], index: int) -> Found:
        self._match = places[index]
        self.following = False
        row = self._document.row_of(self._match) or 0
        height = self._visible_height
        top = self.scroll_offset.y
        if not top <= row < top + height:
            top = max(0, row - height // 3)
        self._show_change(None, top=top)
        return Found(index + 1, len(places))

    # Moving

    def action_scroll_rows(self, rows: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)

    def action_scroll_pages(self, pages: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + pages * max(1, self._visible_height - 1), animate=False)

    def action_scroll_to_start(self) -> None:
        self.scroll_to(y=0, animate=False)

    def action_scroll_to_end(self) -> None:
        """Go to the end, and stay there where the view follows."""
        self.following = self._follow
        self._show_change(None, top=self._document.height)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._moving:
            return
        at_end = new_value >= self.max_scroll_y
        # Up to the very end is where a view that has become larger is put, not where a user goes.
        if new_value < old_value and not at_end:
            self.following = False
        elif new_value > old_value and at_end:
            self.following = self._follow
        if not self._document.settled:
            self._show_change(self._top_place())

    # Layout

    @property
    def _visible_height(self) -> int:
        return max(1, self.scrollable_content_region.height)

    def _top_place(self) -> Place | None:
        """What the first row seen shows, to be there again after a change; None where the view follows."""
        return None if self.following else self._document.place_at(self.scroll_offset.y)

    def _show_change(self, top_place: Place | None, top: int | None = None) -> None:
        """Bring what is seen up to date after the text, its wrapping or the place has changed.

        Args:
            top_place: What the first row shall show.
            top: The first row, where there is no such place.
        """
        document, height = self._document, self._visible_height
        if self.following:
            document.settle_end(height)
            top = document.height
        else:
            row = document.row_of(top_place) if top_place is not None else None
            top = row if row is not None else top if top is not None else self.scroll_offset.y
            document.settle_rows(top, height)
        self._moving = True
        try:
            self.virtual_size = Size(document.width, document.height)
            self.overflows = bool(self.max_scroll_y)
            self.scroll_target_y = self.scroll_y = min(top, self.max_scroll_y)
            if self.max_scroll_y:
                # A scrollbar that comes only with this change is not told by it where it stands.
                self.vertical_scrollbar.position = self.scroll_y
        finally:
            self._moving = False
        self.refresh()
        if self._settling is not None and not document.settled:
            self._settling.resume()

    def on_mount(self) -> None:
        self._settling = self.set_interval(_SETTLE_INTERVAL, self._settle, pause=True)

    def _settle(self) -> None:
        """Wrap a little more of what is not seen; what is seen stays in place."""
        if self._document.settled:
            if self._settling is not None:
                self._settling.pause()
            return
        place = self._top_place()
        self._document.settle(_SETTLE_BUDGET)
        self._show_change(place)

    def on_resize(self, event: Resize) -> None:
        width = self.scrollable_content_region.width
        if width > 0 and width != self._document.width and self.text_selection is not None:
            self.screen.clear_selection()
        place = self._top_place()
        self._document.set_width(max(1, width))
        self._show_change(place)

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        number = self.scroll_offset.y + y
        base = self.rich_style
        if self.is_empty:
            return self._render_empty(y, width)
        row = self._document.row(number)
        if row is None:
            return Strip.blank(width, base)
        segments = self._segments(row)
        if self._query:
            segments = self._mark_matches(segments, row)
        if (selection := self.text_selection) is not None and (span := selection.get_span(number)) is not None:
            start, end = (max(0, x - row.line.indent) if x >= 0 else row.end - row.begin for x in span)
            style = self.screen.get_component_rich_style('screen--selection')
            segments = _overlay(segments, start, end, style)
        text = row.line.text[row.begin : row.end]
        pad = Segment(' ' * row.line.indent, base)
        strip = Strip([pad, *segments], row.line.indent + cell_len(text))
        return strip.crop_extend(0, width, base).apply_offsets(0, number)

    def _render_empty(self, y: int, width: int) -> Strip:
        note = Document(max(1, width))
        note.append([Span(self._empty_text)])
        row = next(note.rows(y, y), None)
        if row is None:
            return Strip.blank(width, self.rich_style)
        text = row.line.text[row.begin : row.end]
        return Strip([Segment(text, self._style('dim'))]).crop_extend(0, width, self.rich_style)

    def _style(self, name: StyleName | str) -> Style:
        return self.get_component_rich_style(f'text-view--{name}')

    def _segments(self, row: Row) -> list[Segment]:
        line, begin, end = row
        runs = line.runs
        if len(runs) == 1:
            return [Segment(line.text[begin:end], self._style(runs[0][1]))]
        segments: list[Segment] = []
        for (start, style), stop in zip(runs, [*(start for start, _ in runs[1:]), len(line.text)], strict=True):
            if start < end and stop > begin:
                segments.append(Segment(line.text[max(start, begin) : min(stop, end)], self._style(style)))
        return segments

    def _mark_matches(self, segments: list[Segment], row: Row) -> list[Segment]:
        line, begin, end = row
        # A match may begin in a row before this one.
        search_from = max(0, begin - len(self._query) + 1)
        for match in matcher(self._query).finditer(line.text, search_from, min(len(line.text), end + len(self._query))):
            is_current = self._match is not None and self._is_at(self._match, row, match.start())
            style = self._style('match-current' if is_current else 'match')
            segments = _overlay(segments, match.start() - begin, match.end() - begin, style)
        return segments

    @staticmethod
    def _is_at(place: Place, row: Row, index: int) -> bool:
        lines = place.page.lines
        return place.offset == index and place.line < len(lines) and lines[place.line] is row.line

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else self._document.height - 1
        parts: list[str] = []
        for number, row in enumerate(self._document.rows(first, last), first):
            begins_line = row.begin == 0 and not row.line.joined
            if parts and begins_line:
                parts.append('\n')
            text = row.line.text[row.begin : row.end]
            span = selection.get_span(number) or (0, -1)
            start, end = (max(0, x - row.line.indent) if x >= 0 else len(text) for x in span)
            parts.append(text[start:end])
        return ''.join(parts), '\n'


def _overlay(segments: list[Segment], start: int, end: int, style: Style) -> list[Segment]:
    """Put a style over the characters from `start` to `end`."""
    result: list[Segment] = []
    position = 0
    for text, own_style, _ in segments:
        left = min(max(start - position, 0), len(text))
        right = min(max(end - position, left), len(text))
        for part, part_style in (
            (text[:left], own_style),
            (text[left:right], own_style + style if own_style else style),
            (text[right:], own_style),
        ):
            if part:
                result.append(Segment(part, part_style))
        position += len(text)
    return result
