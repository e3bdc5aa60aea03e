"""A tiny app with one pane, fed with events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import RowKey, newest_row
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.tui.panes.base import Pane, PaneView
from pydantic_ai_debug.tui.terminal import GuardedApp


class PaneHost(GuardedApp):
    """Shows a pane on the whole screen."""

    CSS = 'Pane { height: 1fr; }'

    def __init__(self, pane_class: type[Pane]) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.state = SessionState()
        self.messages: list[Message] = []
        self.pane = pane_class(lambda place: self.events[place])

    def compose(self) -> ComposeResult:
        yield self.pane

    def feed(self, *events: Event, selected: RowKey | None = None, live: bool = True) -> None:
        """Take in events, a tenth of a second apart, and show the newest row, or another."""
        for event in events:
            self.state = reduce(self.state, ev.Record(len(self.events), len(self.events) / 10, event))
            self.events.append(event)
        self.pane.view = PaneView(self.state, selected or newest_row(self.state), live)

    def select(self, run: str | None = 'r', node: int | None = None, call: str | None = None) -> None:
        self.pane.view = replace(self.pane.view, selected=RowKey(run, node, call))

    def restart(self, *events: Event) -> None:
        self.events, self.state = [], SessionState()
        self.pane.start_over()
        self.feed(*events)

    def screen_text(self) -> str:
        return '\n'.join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())

    def on_pane_value_wanted(self, message: Pane.ValueWanted) -> None:
        self.messages.append(message)

    def on_pane_stdin_submitted(self, message: Pane.StdinSubmitted) -> None:
        self.messages.append(message)


async def settled(pilot: Pilot[int]) -> str:
    """What is on the screen once everything that was asked for is drawn."""
    await pilot.pause()
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, PaneHost)
    return app.screen_text()


async def until_shown(pilot: Pilot[int], text: str, seconds: float = 5.0) -> str:
    """Wait until a text is on the screen."""
    deadline = asyncio.get_running_loop().time() + seconds
    while text not in (shown := await settled(pilot)):
        assert asyncio.get_running_loop().time() < deadline, f'{text!r} is not in:\n{shown}'
    return shown


def response(*parts: object, tokens: int = 10) -> dict[str, object]:
    return {'kind': 'response', 'parts': list(parts), 'usage': {'input_tokens': 20, 'output_tokens': tokens}}


def request(*parts: object) -> dict[str, object]:
    return {'kind': 'request', 'parts': list(parts)}


def text(content: str) -> dict[str, object]:
    return {'part_kind': 'text', 'content': content}


def user(content: object) -> dict[str, object]:
    return {'part_kind': 'user-prompt', 'content': content}


def call(tool: str, args: object, call_id: str = 'c1') -> dict[str, object]:
    return {'part_kind': 'tool-call', 'tool_name': tool, 'args': args, 'tool_call_id': call_id}


def streamed(index: int, part: dict[str, object], *added: str, node: int = 1, ends: bool = True) -> list[Event]:
    """The stream of one part: what it starts with, what is added, and its end."""
    field = 'args' if part['part_kind'] == 'tool-call' else 'content'
    events: list[object] = [{'event_kind': 'part_start', 'index': index, 'part': part}]
    delta = 'args_delta' if field == 'args' else 'content_delta'
    kind = str(part['part_kind']).replace('-', '_')
    events += [
        {'event_kind': 'part_delta', 'index': index, 'delta': {delta: piece, 'part_delta_kind': kind}}
        for piece in added
    ]
    if ends:
        whole = {**part, field: str(part[field]) + ''.join(added)}
        events.append({'event_kind': 'part_end', 'index': index, 'part': whole})
    return [ev.Stream('r', node, data) for data in events]


HELLO = ev.Hello(1, '3.12', '2.0', 'trip.py', ())
RUN = ev.RunStarted('r', None, None, 'trip_agent', 'gpt-5.2', 'Plan a trip')
TO_REQUEST: Sequence[Event] = (
    HELLO,
    RUN,
    ev.State('r', 0, usage={}, run_step=0, retries=0),
    ev.NodeStarted('r', 0, 'UserPromptNode'),
    ev.NodeFinished('r', 0, 'UserPromptNode', 0.001, 'ModelRequestNode'),
)
IN_REQUEST: Sequence[Event] = (*TO_REQUEST, ev.NodeStarted('r', 1, 'ModelRequestNode'))
