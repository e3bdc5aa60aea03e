"""State: deps, messages, usage and counters of a run, as they were at the selected node, as a tree."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from pydantic_ai_debug.model.details import Recall
from pydantic_ai_debug.model.run_index import HistoryPlaces, RunIndex
from pydantic_ai_debug.model.state import NodeState, RunState
from pydantic_ai_debug.protocol.events import ValueOpened
from pydantic_ai_debug.protocol.values import Value
from pydantic_ai_debug.tui.present.state_entries import state_entries
from pydantic_ai_debug.tui.present.value_entries import Deeper, Wanted
from pydantic_ai_debug.tui.widgets.value_tree import ValueTree

from .base import Pane, PaneView
from .empty import EmptyNote, no_run_text
from .moment import moment_text
from .opened import ASKING, RECORDED, RUNNING


class StatePane(Pane):
    """The tree of the run's state. What is open stays open from node to node."""

    TITLE: ClassVar[str] = 'State'
    DEFAULT_CSS = 'StatePane { layout: vertical; } StatePane ValueTree { height: 1fr; }'

    def __init__(self, recall: Recall, *, id: str | None = None) -> None:
        super().__init__(recall, id=id)
        self._index = RunIndex(recall)
        self._shown: object = None
        self._shown_run: str | None = None
        self._asked: set[tuple[int, Wanted]] = set()

    def compose(self) -> ComposeResult:
        yield EmptyNote()
        yield ValueTree()

    def on_mount(self) -> None:
        self.watch_view(self.view)

    def watch_view(self, view: PaneView) -> None:
        if not self.query(ValueTree):
            return
        run, tree = view.run, self.query_one(ValueTree)
        tree.display = run is not None
        self.query_one(EmptyNote).say('' if run is not None else no_run_text(view, 'its deps, messages and usage'))
        self.border_subtitle = moment_text(view)
        if run is None:
            return
        node = view.node
        shown = (run.id, len(run.messages), len(run.states), node, run.status, len(view.state.opened), view.live)
        if shown == self._shown:
            return
        self._shown = shown
        self._index.update(run)
        if run.id != self._shown_run:
            self._shown_run = run.id
            tree.start_over()
        history = self._index.history(node)
        before, after = self._index.snapshot(node)
        tree.show(
            state_entries(
                after,
                before,
                message_count=len(history.messages),
                message_at=lambda index: self._message(history, index),
                unchanged=history.unchanged,
                deeper=self._deeper(view, run, node),
                spent=run.spent if run.branches and (node is None or node.index not in run.undone) else None,
            )
        )

    def _message(self, history: HistoryPlaces, index: int) -> object:
        return self._index.message(history.messages[index])

    def _deeper(self, view: PaneView, run: RunState, node: NodeState | None) -> Deeper:
        """What was opened since the pictures that are shown were taken, and a way to ask for more."""
        places = {root: self._index.place(node, root) for root in ('deps', 'metadata')}
        pages: dict[Wanted, Value | None] = {}
        for place in reversed(view.state.opened):
            if place < min(places.values(), default=0):
                break
            event = self.recall(place)
            if isinstance(event, ValueOpened) and event.run == run.id and place > places.get(event.root, 0):
                pages.setdefault(Wanted(event.root, event.path, event.start), event.value)
        can_ask = view.live and bool(run.stops)

        def ask(wanted: Wanted) -> str:
            if not can_ask or places.get(wanted.root) != self._index.place(
                None, 'deps' if wanted.root == 'deps' else 'metadata'
            ):
                return RUNNING if view.live else RECORDED
            key = (places[wanted.root], wanted)
            if key not in self._asked:
                self._asked.add(key)
                self.post_message(self.ValueWanted(run.id, wanted.root, wanted.path, wanted.start))
            return ASKING

        return Deeper(ask, pages)

    def plain_text(self) -> str:
        return self.query_one(ValueTree).plain_text()

    def search(self, query: str, *, forward: bool = True) -> bool:
        return self.query_one(ValueTree).search(query, forward=forward)
