"""What every pane is given and what the main screen may ask of it.

Attributes go down (`view`), messages go up; a pane never touches a sibling, a parent or the app.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.reactive import reactive
from textual.widget import Widget

from pydantic_ai_debug.model.details import Recall
from pydantic_ai_debug.model.selectors import SESSION_ROW, RowKey, node_at, tool_at
from pydantic_ai_debug.model.state import NodeState, RunState, SessionState, ToolState
from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.values import ValueRoot
from pydantic_ai_debug.tui.messages import FieldMessage


@dataclass(frozen=True)
class PaneView:
    """What the panes show: a state of the session, and the row of the graph that is selected."""

    state: SessionState
    selected: RowKey = SESSION_ROW
    live: bool = True
    """Whether a script stands behind the state, so that values can be opened deeper; False for a recording."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """Those in force; once the script has ended, those of its next start."""
    past: bool = False
    """Whether a recording goes on after the state."""

    @property
    def run(self) -> RunState | None:
        """The selected run; the newest where the session itself is selected."""
        run_id = self.selected.run or self.state.latest_run
        return self.state.runs.get(run_id) if run_id is not None else None

    @property
    def node(self) -> NodeState | None:
        """The selected node; None where a run or the session is selected."""
        run = self.run
        return node_at(run, self.selected.node) if run is not None and self.selected.node is not None else None

    @property
    def tool(self) -> ToolState | None:
        """The selected tool call."""
        node = self.node
        return tool_at(node, self.selected.call) if node is not None and self.selected.call is not None else None


EMPTY_VIEW = PaneView(SessionState())


class Pane(Widget, can_focus=False):
    """One titled part of the main screen.

    A subclass draws in `watch_view`, where it compares the slice it shows with the one before and returns early.
    """

    TITLE: ClassVar[str]
    """The fixed word in its border, such as `Stream`."""

    view: reactive[PaneView] = reactive(EMPTY_VIEW, init=False)
    """Set by the main screen, at most some thirty times a second."""

    class ValueWanted(FieldMessage):
        """A picture was opened further than it goes: the child has to send more."""

        run: str
        root: ValueRoot
        path: tuple[int, ...]
        start: int

    class StdinSubmitted(FieldMessage):
        """A line was typed for the script; None closes its stdin."""

        text: str | None

    def __init__(self, recall: Recall, *, id: str | None = None) -> None:
        super().__init__(id=id or self.TITLE.lower())
        self.recall = recall
        """Gives the event at a place of the stream."""
        self.border_title = self.TITLE

    def start_over(self) -> None:
        """Forget what was taken in of states one after the other: the next one is from before the last.

        For panes that keep something which is good for that and all later states only.
        """

    def plain_text(self) -> str:
        """What `y` copies: the focused item, JSON for structured ones."""
        raise NotImplementedError

    def search(self, query: str, *, forward: bool = True) -> bool:
        """Go to the next place that contains `query`, in lower case; False where there is none."""
        raise NotImplementedError


PaneFactory = Callable[[Recall], Pane]
