"""Holds the panes and shows those of the arrangement; the others are mounted when they are first seen.

The first frame has frames in the places of the panes: what is inside them takes longer to load than all the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.layout import Layout
from textual.widget import Widget
from textual.widgets import Input

from pydantic_ai_debug.tui.layout import Arrangement, PanesLayout

if TYPE_CHECKING:
    from pydantic_ai_debug.model.details import Recall
    from pydantic_ai_debug.model.selectors import RowKey
    from pydantic_ai_debug.model.state import SessionState
    from pydantic_ai_debug.protocol.breakpoints import Breakpoint
    from pydantic_ai_debug.tui.panes.base import Pane


class PaneFrame(Widget):
    """A pane's border and title, in its place until the pane itself is there."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.TITLE = title
        self.border_title = title

    def render(self) -> str:
        return ''


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
        if self._filling:
            self._mount_panes()
        else:
            new = [title for title in arrangement.visible if title not in self._frames]
            self._frames.update((title, PaneFrame(title)) for title in new)
            self.mount_all(self._frames[title] for title in new)
        for title, child in (*self._frames.items(), *self._panes.items()):
            child.display = title in arrangement.visible
            child.set_class(title == arrangement.active, '-active')
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

    def _mount_panes(self) -> None:
        from pydantic_ai_debug.tui.panes import PANES

        for pane_class in PANES:
            title = pane_class.TITLE
            if title in self.arrangement.visible and title not in self._panes:
                self._panes[title] = pane_class(self._recall)
                self.mount(self._panes[title])

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
        # Textual calls a widget focusable that is not displayed.
        target = next((widget for widget in shown if widget.focusable and widget.display), None)
        self.screen.set_focus(target)

    def focus_field(self, title: str) -> bool:
        """Put the focus on the field of a pane in which one can type; False where it has none now."""
        pane = self._panes.get(title)
        field = next((field for field in pane.query(Input) if field.focusable), None) if pane else None
        if field is not None:
            self.screen.set_focus(field)
        return field is not None

    def title_of(self, widget: Widget) -> str | None:
        """The title of the pane a widget is in."""
        return next((title for title, pane in self._panes.items() if pane in widget.ancestors_with_self), None)
