"""Request: exactly what a model request sends, and what changed since the one before it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult

from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.model.details import Recall
from pydantic_ai_debug.model.message_index import MessageIndex, json_bytes
from pydantic_ai_debug.model.selectors import earlier_nodes
from pydantic_ai_debug.model.state import NodeState, RunState
from pydantic_ai_debug.protocol.events import Request, RequestPlanned
from pydantic_ai_debug.tui.present.entries import Entry
from pydantic_ai_debug.tui.present.json_text import dump_json
from pydantic_ai_debug.tui.present.request_entries import SentMessages, request_entries, request_json
from pydantic_ai_debug.tui.widgets.value_tree import ValueTree

from .base import Pane, PaneView
from .empty import EmptyNote, no_run_text
from .status_line import StatusLine

_PLANNED = 'Not sent yet. What functions make of instructions and tools is known once it is.'
_PUT_TOGETHER = 'The request is put together when ModelRequestNode runs; it appears here then.'
_NONE_YET = 'No model request yet. It appears here before ModelRequestNode runs.'


class RequestPane(Pane):
    """The request of the selected node; of any other row, the newest one before it."""

    TITLE: ClassVar[str] = 'Request'
    DEFAULT_CSS = 'RequestPane { layout: vertical; } RequestPane ValueTree { height: 1fr; }'

    def __init__(self, recall: Recall, *, id: str | None = None) -> None:
        super().__init__(recall, id=id)
        self._seen: object = None
        self._shown_run: str | None = None
        self._event: Request | None = None
        """The request that is shown, or expected."""
        self._sent = SentMessages()
        self._requests = MessageIndex(recall, measured=True)

    def compose(self) -> ComposeResult:
        yield EmptyNote()
        yield ValueTree()
        yield StatusLine()

    def on_mount(self) -> None:
        self.watch_view(self.view)

    def watch_view(self, view: PaneView) -> None:
        if not self.query(StatusLine):
            return
        run = view.run
        if run is None:
            self._seen = self._event = None
            self._show([], no_run_text(view, 'its requests to the model'), '')
            return
        place = request_place(run, view.node)
        waits = place is None and view.node is not None and view.node.kind == 'ModelRequestNode'
        seen = (run.id, run.started_seq, place, waits)
        if seen == self._seen:
            return
        self._seen = seen
        if run.id != self._shown_run:
            self._shown_run = run.id
            self.query_one(ValueTree).start_over()
        event = self.recall(place) if place is not None else None
        if place is None or not isinstance(event, Request):
            self._event = None
            self._show([], _PUT_TOGETHER if waits else _NONE_YET, '')
        else:
            self._show_request(run, place, event)

    def _show_request(self, run: RunState, place: int, event: Request) -> None:
        self._requests.update((run.id, run.started_seq), run.requests)
        number = bisect_left(run.requests, place)
        before = self.recall(run.requests[number - 1]) if number else None
        previous = before if isinstance(before, Request) else None
        is_planned = isinstance(event, RequestPlanned)
        places = self._requests.messages_with(number, place) if is_planned else self._requests.messages(number + 1)
        size = sum(place.size for place in places)
        self._event = event
        self._sent = SentMessages(len(places), lambda index: self._requests.message(places[index]), size)
        whole = numbers.size(size + json_bytes(request_json(event, ())))
        total = len(run.requests) + is_planned
        words = [f'request {number + 1} of {total}', whole, *(['the first of its run'] if previous is None else [])]
        self._show(request_entries(event, previous, self._sent), _PLANNED if is_planned else '', ' · '.join(words))

    def _show(self, roots: Sequence[Entry], note: str, status: str) -> None:
        tree = self.query_one(ValueTree)
        tree.display = bool(roots)
        tree.show(roots)
        self.query_one(EmptyNote).say(note)
        self.query_one(StatusLine).say(status, 'y copies' if roots else '')

    # What the main screen asks for

    def plain_text(self) -> str:
        """The section at the cursor; the whole request where the cursor is at its top."""
        tree = self.query_one(ValueTree)
        row = tree.row_at_cursor
        if self._event is not None and (row is None or row.entry.key == 'model'):
            return dump_json(request_json(self._event, list(self._sent)))
        return tree.plain_text()

    def search(self, query: str, *, forward: bool = True) -> bool:
        return self.query_one(ValueTree).search(query, forward=forward)


def request_place(run: RunState, node: NodeState | None) -> int | None:
    """Where the request is that a row is about: the node's own, else the newest before it."""
    if node is None:
        return run.requests[-1] if run.requests else None
    if node.request is not None or (node.kind == 'ModelRequestNode' and node.duration is None):
        return node.request
    return next((other.request for other in earlier_nodes(run, node.index) if other.request is not None), None)
