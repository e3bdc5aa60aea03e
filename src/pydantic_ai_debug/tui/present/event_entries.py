"""The raw list of protocol events of a node: each with its time, its name and what it holds, as entries of a tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic_ai_debug.model.calls import short_json
from pydantic_ai_debug.model.details import Recall, json_object
from pydantic_ai_debug.model.numbers import duration
from pydantic_ai_debug.model.selectors import earlier_nodes
from pydantic_ai_debug.model.state import NodeState, RunState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import to_json, wire_name
from pydantic_ai_debug.protocol.events import Event, Json

from .entries import Entry, line, paged
from .json_entries import json_inside
from .json_text import dump_json
from .styled import Span


def event_places(run: RunState, node: NodeState) -> list[int]:
    """Places of a node's events, in order."""
    first = next(earlier_nodes(run, node.index), None)
    is_over = node.duration is not None
    places = [
        *node.stream,
        *node.failures,
        *([node.request] if node.request is not None else []),
        *run.messages[first.messages if first else 0 : node.messages if is_over else len(run.messages)],
        *run.states[first.states if first else 0 : node.states if is_over else len(run.states)],
    ]
    for tool in node.tools:
        places += [tool.started_seq, *([tool.finished_seq] if tool.finished_seq is not None else [])]
    return sorted(set(places))


def event_entries(places: Sequence[int], node: NodeState, recall: Recall) -> Iterable[Entry]:
    """An entry for each event, with its place and, where it is known, its time since the node began."""
    width = len(str(places[-1])) if places else 1
    times = _tool_times(node)

    def entry(_: int, place: int) -> Entry:
        event = recall(place)
        name, said = _said(event)
        time = event.times[0] if isinstance(event, ev.Stream) and event.times else times.get(place)
        since = duration(time - node.started) if time is not None and node.started is not None else ''
        return Entry(
            str(place),
            (Span(f'{place:>{width}}  {since:>7}  ', 'dim'), Span(f'{name:<13} ', 'accent'), line(short_json(said, 4))),
            inside=json_inside(to_json(event)),
            copy=lambda: dump_json(to_json(event)),
        )

    return paged(places, entry, open_last=node.duration is None)


def _tool_times(node: NodeState) -> dict[int, float]:
    """Session times of events that the state knows: of the first streamed one, and of tool calls."""
    times = {tool.started_seq: tool.started for tool in node.tools}
    times |= {
        tool.finished_seq: tool.started + tool.duration
        for tool in node.tools
        if tool.finished_seq is not None and tool.duration is not None
    }
    if node.stream and node.first_token is not None:
        times[node.stream[0]] = node.first_token
    return times


def _said(event: Event) -> tuple[str, Json]:
    """An event's name, and what it holds less what its node's other events hold too."""
    if isinstance(event, ev.Stream):
        data = json_object(event.data)
        kind = data.get('event_kind')
        said = {
            name: _without_nulls(value) for name, value in data.items() if name != 'event_kind' and value is not None
        }
        merged = {'merged': len(event.times)} if len(event.times) > 1 else {}
        return str(kind or 'stream'), {**said, **merged}
    fields = json_object(to_json(event))
    return wire_name(type(event)), {name: value for name, value in fields.items() if name not in ('run', 'node')}


def _without_nulls(value: Json) -> Json:
    fields = json_object(value)
    return {name: item for name, item in fields.items() if item is not None} if fields else value
