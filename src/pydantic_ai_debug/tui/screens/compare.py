"""Two ways that a run went, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pydantic_ai_debug.model.comparison import Comparison
from pydantic_ai_debug.tui.present.comparison_text import Row, comparison_rows
from pydantic_ai_debug.tui.present.literal import literal_lines
from pydantic_ai_debug.tui.present.styled import Span, StyleName

from .dialog import Dialog

_STYLES: dict[StyleName, str] = {
    'strong': 'bold',
    'dim': '$foreground-muted',
    'heading': 'bold $text-accent',
    'success': '$text-success',
    'changed': 'bold $text-warning',
    'added': 'underline $text-success',
    'removed': 'strike $text-error',
}
_MOST_ROWS = 400
"""Each is two widgets."""


class CompareScreen(Dialog[None]):
    """Shows comparisons one below the other; `n` and `N` go from difference to difference."""

    DEFAULT_CSS = """
    CompareScreen {
        .box { width: 100%; height: 100%; padding: 0; }
        VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        Horizontal { height: auto; width: 1fr; }
        .cell { width: 1fr; height: auto; padding: 0 1; }
        .cell.-right { border-left: solid $foreground 20%; }
        .whole { width: 1fr; height: auto; padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('escape,q,d', 'close', 'Close', show=False),
        Binding('j', 'scroll(1)', 'Down', show=False),
        Binding('k', 'scroll(-1)', 'Up', show=False),
        Binding('n', 'difference(1)', 'Next difference', show=False),
        Binding('N', 'difference(-1)', 'Previous difference', show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = 'VerticalScroll'

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        super().__init__()
        self._comparisons = comparisons

    def compose(self) -> ComposeResult:
        rows = [row for comparison in self._comparisons for row in comparison_rows(comparison)]
        with Vertical(classes='box') as box:
            box.border_title = 'Compare'
            box.border_subtitle = 'n N next and previous difference · esc closes'
            with VerticalScroll():
                for row in rows[:_MOST_ROWS]:
                    yield _row_widget(row)
                if len(rows) > _MOST_ROWS:
                    yield Static(f'{len(rows) - _MOST_ROWS:,} more rows are not shown', classes='whole', markup=False)

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_difference(self, direction: int) -> None:
        """Bring the next difference below, or above, to the top."""
        scroll = self.query_one(VerticalScroll)
        top = scroll.scroll_offset.y
        places = [row.virtual_region.y for row in self.query('.-differs')]
        ahead = [place for place in places if (place > top if direction > 0 else place < top)]
        if ahead:
            scroll.scroll_to(y=min(ahead) if direction > 0 else max(ahead), animate=False, force=True)

    def action_close(self) -> None:
        self.dismiss()


def _row_widget(row: Row) -> Static | Horizontal:
    if row.right is None:
        return Static(_content(row.left), classes='whole', markup=False)
    cells = Static(_content(row.left), classes='cell'), Static(_content(row.right), classes='cell -right')
    return Horizontal(*cells, classes='-differs' if row.differs else '')


def _content(spans: Iterable[Span]) -> Content:
    return Content.assemble(*((literal_lines(span.text), _STYLES.get(span.style, '')) for span in spans))
