"""Holds the panes and shows those of the arrangement; the others are mounted when they are first seen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.layout import Layout
from textual.widget import Widget
from textual.widgets import Input

from pydantic_ai_debug.model.details import Recall
from pydantic_ai_debug.tui.layout import Arrangement, PanesLayout
from pydantic_ai_debug.tui.panes.base import Pane, PaneView


class PaneArea(Widget):
    """The panes, by title."""

    DEFAULT_CSS = """
    PaneArea { height: 1fr; }
    PaneArea > Pane {
        border: round $foreground 25%;
        border-title-color: $text-muted;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        background: $background;
    }
    PaneArea > Pane.-active {
        border: round $accent;
        border-title-color: $text-accent;
    }
    """

    def __init__(self, pane_classes: Sequence[type[Pane]], recall: Recall) -> None:
        super().__init__(id='panes')
        self._unmade = {pane_class.TITLE: pane_class for pane_class in pane_classes}
        self._recall = recall
        self._panes: dict[str, Pane] = {}
        self._layout = PanesLayout()
        self._view: PaneView | None = None

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
        """Show the panes of an arrangement, and mark the active one.

        The very first frame holds the active pane alone: the others follow at once, and what is there is there sooner.
        """
        self._layout.arrangement = arrangement
        begins = not self._panes
        for title in (arrangement.active,) if begins else arrangement.visible:
            pane_class = self._unmade.pop(title, None)
            if pane_class is not None:
                pane = self._panes[title] = pane_class(self._recall)
                self.mount(pane)
        for title, pane in self._panes.items():
            pane.display = title in arrangement.visible
            pane.set_class(title == arrangement.active, '-active')
        if self._view is not None:
            self.show(self._view)
        self.refresh(layout=True)
        if begins:
            self.call_after_refresh(lambda: self.arrange_panes(self.arrangement))

    def show(self, view: PaneView) -> None:
        """Give the panes that are seen something to draw; the others get it when they are seen."""
        self._view = view
        for title in self.arrangement.visible:
            pane = self._panes.get(title)
            if pane is not None:
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
        return next((node.TITLE for node in widget.ancestors_with_self if isinstance(node, Pane)), None)
