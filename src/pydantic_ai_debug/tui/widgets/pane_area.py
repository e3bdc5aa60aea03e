"""Holds the panes and shows those of the arrangement; the others are mounted when they are first seen.

The first frame has frames in the places of the panes: what is inside them takes longer to load than all the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.layout import Layout
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from pydantic_ai_debug.tui.layout import Arrangement, PanesLayout

if TYPE_CHECKING:
    from pydantic_ai_debug.model.details import Recall
    from pydantic_ai_debug.model.selectors import RowKey
    from pydantic_ai_debug.model.state import SessionState
    from pydantic_ai_debug.protocol.breakpoints import Breakpoint
    from pydantic_ai_debug.tui.panes.base import Pane

_MOUNTING = 0.02
"""Seconds until it is looked again whether a pane is there."""


class PaneFrame(Widget):
    """A pane's border and title, in its place until the pane itself is there."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.TITLE = title
        self.border_title = title

    def render(self) -> str:
        return ''

    def render_lines(self, crop: Region) -> list[Strip]:
        return _repeated(super().render_lines, crop, self.outer_size.height)


def _repeated(render_lines: Callable[[Region], list[Strip]], crop: Region, height: int) -> list[Strip]:
    """The lines of a widget of which all but the first and the last are the same: drawn once, not thirty times."""
    drawn: dict[int, Strip] = {}
    lines: list[Strip] = []
    for y in range(crop.y, crop.bottom):
        like = y if y in (0, height - 1) else 1
        if like not in drawn:
            (drawn[like],) = render_lines(Region(crop.x, like, crop.width, 1))
        lines.append(drawn[like])
    return lines


class PaneArea(Widget):
    """The panes, by title."""

    DEFAULT_CSS = """
    PaneArea { height: 1fr; }
    PaneArea > Pane, PaneArea > PaneFrame {
        border: round $foreground 25%;
        border-title-color: $text-muted;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        background: $background;
    }
    PaneArea > Pane.-active, PaneArea > PaneFrame.-active {
        border: round $accent;
        border-title-color: $text-accent;
    }
    """

    def __init__(self, recall: Recall) -> None:
        super().__init__(id='panes')
        self._recall = recall
        self._frames: dict[str, PaneFrame] = {}
        self._panes: dict[str, Pane] = {}
        self._filling = False
        self._layout = PanesLayout()
        self._shown: tuple[SessionState, RowKey, bool, tuple[Breakpoint, ...], bool] | None = None
        self._sought: tuple[str, str, str] | None = None
        """The pane, the words and the query of the place that was to be found last."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return _repeated(super().render_lines, crop, self.outer_size.height)

    @property
    def layout(self) -> Layout:
        return self._layout

    @property
    def arrangement(self) -> Arrangement:
        return self._layout.arrangement

    def pane(self, title: str) -> Pane | None:
        """A pane that was seen before, or is."""
        return self._panes.get(title)

    def arrange_panes(self, arrangement: Arrangement) -> None:
        """Show the panes of an arrangement, and mark the active one; before `fill`, their frames."""
        self._layout.arrangement = arrangement
        new = self._new_panes() if self._filling else self._new_frames()
        for title, child in (*self._frames.items(), *self._panes.items()):
            child.display = title in arrangement.visible
            # What is yet to be mounted is styled then.
            child.set_class(title == arrangement.active, '-active', update=child.is_attached)
        self.mount_all(new)
        self._draw_panes()
        self.refresh(layout=True)

    def fill(self) -> None:
        """Put the panes into their frames, now and from now on."""
        if not self._filling:
            self._filling = True
            self.arrange_panes(self.arrangement)
            # A frame stays below its pane until that is drawn: else there would be a hole for a moment.
            self.call_after_refresh(self._drop_frames)

    def _drop_frames(self) -> None:
        for frame in self._frames.values():
            frame.remove()
        self._frames.clear()

    def _new_frames(self) -> list[PaneFrame]:
        new = [PaneFrame(title) for title in self.arrangement.visible if title not in self._frames]
        self._frames.update((frame.TITLE, frame) for frame in new)
        return new

    def _new_panes(self) -> list[Pane]:
        from pydantic_ai_debug.tui.panes import PANES

        seen = self.arrangement.visible
        new = [pane(self._recall) for pane in PANES if pane.TITLE in seen and pane.TITLE not in self._panes]
        self._panes.update((pane.TITLE, pane) for pane in new)
        return new

    def show(
        self,
        state: SessionState,
        selected: RowKey,
        live: bool,
        breakpoints: tuple[Breakpoint, ...] = (),
        *,
        past: bool = False,
    ) -> None:
        """Give the panes that are seen something to draw; the others get it when they are seen."""
        self._shown = (state, selected, live, breakpoints, past)
        self._draw_panes()

    def _draw_panes(self) -> None:
        if self._shown is None or not self._panes:
            return
        from pydantic_ai_debug.tui.panes.base import PaneView

        view = PaneView(*self._shown)
        for title in self.arrangement.visible:
            pane = self._panes.get(title)
            if pane is not None:
                if view.state.count < pane.view.state.count:
                    pane.start_over()
                pane.view = view

    def focus_pane(self, title: str) -> None:
        """Put the focus on the first thing in a pane that takes it."""
        pane = self._panes.get(title)
        shown = pane.walk_children(Widget) if pane else ()
        self.screen.set_focus(next(filter(_takes_focus, shown), None))

    def focus_field(self, title: str) -> bool:
        """Put the focus on the field of a pane in which one can type; False where it has none now."""
        pane = self._panes.get(title)
        field = next(filter(_takes_focus, pane.query(Input)), None) if pane else None
        if field is not None:
            self.screen.set_focus(field)
        return field is not None

    def find(self, title: str, words: str, query: str) -> None:
        """Go to a place in a pane as soon as that is drawn.

        Args:
            title: The pane's.
            words: What tells the place from others that hold the query.
            query: What was looked for, for a place whose line is drawn in another way: wrapped, or without its marks.
        """
        self._sought = (title, words, query)
        self.call_after_refresh(self._find, self._sought)

    def _find(self, sought: tuple[str, str, str]) -> None:
        if sought != self._sought:
            # The user has gone on meanwhile.
            return
        title, words, query = sought
        pane = self._panes.get(title)
        if pane is None or not pane.is_mounted:
            # One that is seen for the first time is put together first.
            self.set_timer(_MOUNTING, lambda: self._find(sought))
        elif not pane.search(words.lower()):
            pane.search(query.lower())

    def title_of(self, widget: Widget) -> str | None:
        """The title of the pane a widget is in."""
        return next((title for title, pane in self._panes.items() if pane in widget.ancestors_with_self), None)


def _takes_focus(widget: Widget) -> bool:
    # Textual calls a widget focusable that is not displayed: all keys would go to what nobody sees.
    return widget.focusable and widget.display
