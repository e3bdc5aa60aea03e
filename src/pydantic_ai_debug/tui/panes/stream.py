"""Stream: what the selected node does, as it happens: parts of a response, tool calls, a prompt, an output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import var
from typing_extensions import override

from pydantic_ai_debug.model.details import Recall, json_object
from pydantic_ai_debug.model.pace import pace_text
from pydantic_ai_debug.model.parts import OtherEvent, message_parts
from pydantic_ai_debug.model.responses import node_response
from pydantic_ai_debug.model.row_content import result_place, tool_content
from pydantic_ai_debug.model.selectors import earlier_nodes, leading_nodes
from pydantic_ai_debug.model.state import NodeState, RunState, ToolState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.tui.present.event_entries import event_entries, event_places
from pydantic_ai_debug.tui.present.json_text import dump_json
from pydantic_ai_debug.tui.present.literal import literal
from pydantic_ai_debug.tui.present.stream_text import (
    content_spans,
    other_spans,
    prompt_spans,
    response_text,
    tool_spans,
)
from pydantic_ai_debug.tui.present.styled import Span
from pydantic_ai_debug.tui.widgets.text_view import TextView
from pydantic_ai_debug.tui.widgets.value_tree import ValueTree

from .base import Pane, PaneView
from .empty import no_run_text
from .parts_writer import PartsWriter
from .status_line import StatusLine
from .text_search import TextSearch

Mode: TypeAlias = Literal['rendered', 'plain', 'events']
_NEXT_MODE: dict[Mode, Mode] = {'rendered': 'plain', 'plain': 'events', 'events': 'rendered'}
_MODE_HINTS: dict[Mode, str] = {'rendered': 'm plain', 'plain': 'm events', 'events': 'm Markdown'}


@dataclass(frozen=True)
class _Subject:
    """What is shown."""

    run: str
    started_seq: int
    node: int
    call: str | None
    kind: str


class StreamPane(Pane):
    """Shows one node, or one tool call of it, and keeps up with what is added."""

    TITLE: ClassVar[str] = 'Stream'
    DEFAULT_CSS = 'StreamPane { layout: vertical; } StreamPane TextView, StreamPane ValueTree { height: 1fr; }'
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            'm', 'change_mode', 'Markdown, plain or events', show=False, tooltip='Text as Markdown, plain, or events'
        )
    ]

    mode: var[Mode] = var[Mode]('rendered', init=False)

    def __init__(self, recall: Recall, *, id: str | None = None) -> None:
        super().__init__(recall, id=id)
        self._subject: _Subject | None = None
        self._writer: PartsWriter | None = None
        self._streamed = self._failed = 0
        """How many of the node's stream events and failures are shown."""
        self._is_whole = False
        """Whether its response is shown as it was in the end."""
        self._tools: dict[str, tuple[int, ToolState]] = {}
        """By call, the block it is shown in and the state that is shown there."""
        self._seen: object = None
        self._text = TextView()
        self._search = TextSearch(self._text)
        self._events = ValueTree()

    def compose(self) -> ComposeResult:
        self._events.display = False
        yield self._text
        yield self._events
        yield StatusLine()

    def on_mount(self) -> None:
        self.watch(self._text, 'following', self._draw_status, init=False)
        self.watch(self._text, 'overflows', self._draw_status, init=False)
        self.watch_view(self.view)

    def watch_view(self, view: PaneView) -> None:
        if not self._text.is_attached:
            return
        run = view.run
        node = shown_node(view)
        if run is None or node is None:
            self._subject = self._seen = None
            self._show_part('text')
            self._text.empty_text = _empty_text(view)
            self._text.clear()
            self.border_title = self.TITLE
            self._draw_status()
            return
        subject = _Subject(run.id, run.started_seq, node.index, view.selected.call, node.kind)
        seen = (subject, node, run.end, run.status, self.mode)
        if seen == self._seen:
            return
        is_new = subject != self._subject
        self._seen, self._subject = seen, subject
        self.border_title = Content(f'{self.TITLE} · {literal(node.kind, 60)}')
        self._show_part('events' if self.mode == 'events' else 'text')
        self._text.empty_text = _empty_text(view)
        if self.mode == 'events':
            if is_new:
                self._events.start_over()
            self._events.show(list(event_entries(event_places(run, node), node, self.recall)))
        elif is_new:
            self._start(view, run, node)
        else:
            self._update(view, run, node)
        self._draw_status()

    @override
    def start_over(self) -> None:
        self._subject = self._seen = None

    def watch_mode(self) -> None:
        self._subject = self._seen = None
        self.watch_view(self.view)

    def action_change_mode(self) -> None:
        self.mode = _NEXT_MODE[self.mode]

    # What is shown

    def _show_part(self, part: Literal['text', 'events']) -> None:
        """Show the text or the list of events, which takes the focus over."""
        shown, hidden = (self._text, self._events) if part == 'text' else (self._events, self._text)
        had_focus = hidden.has_focus
        shown.display, hidden.display = True, False
        if had_focus:
            shown.focus()

    def _start(self, view: PaneView, run: RunState, node: NodeState) -> None:
        """Show a node from the beginning."""
        self._writer, self._tools = None, {}
        self._streamed = self._failed = 0
        self._is_whole = False
        self._text.clear()
        # What is over is read from its beginning; what goes on, at its end.
        self._text.following = node.duration is None
        self._update(view, run, node)

    def _update(self, view: PaneView, run: RunState, node: NodeState) -> None:
        """Add what the node has done since."""
        self._text.empty_text = _empty_text(view)
        rendered = self.mode == 'rendered'
        match node.kind:
            case 'UserPromptNode':
                self._show_once(prompt_spans(run.prompt, rendered=rendered))
            case 'End':
                event = self.recall(run.end) if run.end is not None else None
                if isinstance(event, ev.RunFinished):
                    self._show_once(content_spans(event.output, rendered=rendered))
            case 'CallToolsNode':
                tool = view.tool
                self._update_tools(run, [tool] if tool is not None else node.tools)
                if tool is None:
                    self._update_stream(node, only_others=True)
            case _:
                if node.fields is not None:
                    self._show_once(other_spans(OtherEvent(node.kind, json_object(node.fields))))
                self._update_response(run, node)

    def _show_once(self, spans: Iterable[Span]) -> None:
        if self._text.is_empty:
            self._text.show(spans)

    def _update_response(self, run: RunState, node: NodeState) -> None:
        response = node_response(run, node, self.recall) if node.duration is not None and self._streamed == 0 else None
        if response is not None:
            # What a finished node streamed is in its response, which is read faster than 20,000 deltas.
            if not self._is_whole:
                self._is_whole = True
                writer = self._get_writer()
                self._write(writer, node.failures[self._failed :])
                writer.write_parts(message_parts(response))
            return
        self._update_stream(node)

    def _update_stream(self, node: NodeState, *, only_others: bool = False) -> None:
        streamed, failed = node.stream[self._streamed :], node.failures[self._failed :]
        if not streamed and not failed:
            return
        self._write(self._get_writer(only_others=only_others), sorted([*streamed, *failed]))
        self._streamed += len(streamed)
        self._failed += len(failed)

    def _get_writer(self, *, only_others: bool = False) -> PartsWriter:
        if self._writer is None:
            self._writer = PartsWriter(self._text, rendered=self.mode == 'rendered', only_others=only_others)
        return self._writer

    def _write(self, writer: PartsWriter, places: Sequence[int]) -> None:
        """Write what streamed, and what was raised in between."""
        streamed: list[ev.Json] = []
        for event in map(self.recall, places):
            if isinstance(event, ev.Stream):
                streamed.append(event.data)
            elif isinstance(event, ev.RequestFailed):
                writer.write(streamed)
                writer.write_failure(event.error)
                streamed = []
        writer.write(streamed)

    def _result_of(self, run: RunState, tool: ToolState) -> ev.Json:
        """What a call returned, also while it waits after that."""
        place = result_place(run, tool)
        event = self.recall(place) if place is not None else None
        return event.result if isinstance(event, (ev.ToolFinished, ev.Stopped)) else None

    def _update_tools(self, run: RunState, tools: Sequence[ToolState]) -> None:
        for tool in tools:
            block, shown = self._tools.get(tool.call, (None, None))
            if shown is tool:
                continue
            spans = tool_spans(tool, self._result_of(run, tool), rendered=self.mode == 'rendered')
            if block is None:
                if self._tools:
                    self._text.start_block()
                    self._text.append('\n')
                block = self._text.start_block()
            self._text.replace_block(block, spans)
            self._tools[tool.call] = (block, tool)

    def _draw_status(self) -> None:
        for status in self.query(StatusLine):
            run, node = self.view.run, shown_node(self.view)
            if self._subject is None or run is None or node is None:
                status.say('')
                continue
            is_live = node.status == 'running' and self.view.live
            words = [pace_text(node, self._writer.length if self._writer is not None else 0)]
            if is_live and self._text.overflows:
                words.append('following' if self._text.following else 'end follows again')
            status.say(' · '.join(word for word in words if word), _MODE_HINTS[self.mode])

    # What the main screen asks for

    def plain_text(self) -> str:
        """A call as JSON; a response as the model wrote it, not as Markdown is drawn; anything else as it is drawn."""
        view, run, node = self.view, self.view.run, shown_node(self.view)
        if self.mode == 'events':
            return self._events.plain_text()
        if run is None or node is None:
            return self._text.plain_text()
        if view.tool is not None and view.node is node:
            return dump_json(tool_content(run, view.tool, self.recall))
        if node.kind == 'CallToolsNode' and node.tools:
            return dump_json([tool_content(run, tool, self.recall) for tool in node.tools])
        is_over = node.kind == 'ModelRequestNode' and node.duration is not None
        response = node_response(run, node, self.recall) if is_over else None
        return response_text(response) if response is not None else self._text.plain_text()

    def search(self, query: str, *, forward: bool = True) -> bool:
        if self.mode == 'events':
            return self._events.search(query, forward=forward)
        return self._search.go(query, forward)


def shown_node(view: PaneView) -> NodeState | None:
    """The selected node; before it runs, what led to it; of a run, its newest request, or what it has instead."""
    run, node = view.run, view.node
    if run is None:
        return None
    if node is None:
        newest = next((other for other in leading_nodes(run) if other.status != 'waiting'), None)
        requests = (other for other in leading_nodes(run) if other.kind == 'ModelRequestNode')
        return next((request for request in requests if request.status != 'waiting'), newest)
    has_begun = node.status not in ('waiting', 'stopped') and not _was_left(node)
    if has_begun or node.kind == 'UserPromptNode':
        return node
    earlier = earlier_nodes(run, node.index)
    return next((other for other in earlier if other.kind != 'CallToolsNode' or other.tools), node)


def _was_left(node: NodeState) -> bool:
    """Whether the run ended before the node began."""
    return node.status == 'failed' and node.started is None


def _empty_text(view: PaneView) -> str:
    node, run = shown_node(view), view.run
    if run is None or node is None:
        return no_run_text(view, 'its responses, as they stream,') if run is None else 'The run has not begun.'
    waits = {
        'ModelRequestNode': 'The response appears here as it arrives.',
        'CallToolsNode': 'Tool calls appear here, with their arguments and results.',
        'End': 'The final output appears here when the run is let go.',
    }
    text = waits.get(node.kind, 'What it does appears here.')
    match node.status:
        case 'waiting' | 'stopped':
            return f'{node.kind} has not run yet. {text}'
        case 'running' if any(stop.at == 'error' and stop.node == node.index for stop in run.stops):
            return f'{node.kind} waits at an error. Result shows what was raised.'
        case 'running' if any(stop.at == 'divergence' and stop.node == node.index for stop in run.stops):
            return 'The request is not in the recording, and is not sent. v shows what differs.'
        case 'running':
            return f'{"Waiting for the first token" if node.kind == "ModelRequestNode" else "Running"}. {text}'
        case _ if _was_left(node):
            return f'{node.kind} has not run: the run ended before it.'
        case _:
            over = 'The response called no tool.' if node.kind == 'CallToolsNode' else 'Nothing was streamed.'
            return f'{over} m lists the events of this node.'
