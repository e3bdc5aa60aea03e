"""What a row of the graph stands for, as JSON: a call with its result, a request with its response, a run with its output."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .details import Recall
from .message_index import MessageIndex
from .responses import node_response
from .selectors import RowKey, calls_of, node_at, tool_at
from .state import NodeState, RunState, SessionState, ToolState


def row_content(state: SessionState, key: RowKey, recall: Recall) -> Mapping[str, Json] | None:
    """The content of a run's row, or of one below it; None for the session's."""
    run = state.runs.get(key.run) if key.run is not None else None
    if run is None:
        return None
    node = node_at(run, key.node) if key.node is not None else None
    if node is None:
        return _run_content(run, recall)
    tool = tool_at(node, key.call) if key.call is not None else None
    return tool_content(run, tool, recall) if tool is not None else node_content(run, node, recall)


def tool_content(run: RunState, tool: ToolState, recall: Recall) -> Mapping[str, Json]:
    """A call; without a result where it has not returned."""
    content: dict[str, Json] = {'tool': tool.tool, 'tool_call_id': tool.call, 'args': tool.args}
    place = result_place(run, tool)
    event = recall(place) if place is not None else None
    if isinstance(event, ev.ToolFinished):
        content |= {'outcome': event.outcome, 'result': event.result}
    elif isinstance(event, ev.Stopped):
        content['result'] = event.result
    return content


def result_place(run: RunState, tool: ToolState) -> int | None:
    """Where the result of a call is told, also while it waits after that."""
    if tool.finished_seq is not None:
        return tool.finished_seq
    return next((stop.seq for stop in run.stops if stop.call == tool.call and stop.after), None)


def node_content(run: RunState, node: NodeState, recall: Recall) -> Mapping[str, Json]:
    """A node, by what it does."""
    content: dict[str, Json] = {'node': node.index, 'kind': node.kind}
    event = recall(node.request) if node.request is not None else None
    if isinstance(event, ev.Request):
        content['request'] = {
            'model': event.model,
            'instructions': event.instructions,
            'messages': _sent(run, node.request, recall),
        }
    match node.kind:
        case 'UserPromptNode':
            content['prompt'] = run.prompt
        case 'ModelRequestNode':
            content['response'] = node_response(run, node, recall) if node.duration is not None else None
        case 'CallToolsNode':
            content['calls'] = [tool_content(run, tool, recall) for tool in calls_of(node)]
        case 'End':
            content |= _ending(run, recall)
        case _ if node.fields is not None:
            content['fields'] = node.fields
        case _:
            pass
    return content


def _sent(run: RunState, place: int | None, recall: Recall) -> Sequence[Json]:
    """All messages of a request, of which its event tells those that are new."""
    assert place is not None, 'asked of a node with a request'
    index = MessageIndex(recall)
    index.update((run.id, run.started_seq), run.requests)
    number = bisect_left(run.requests, place)
    is_sent = number < len(run.requests) and run.requests[number] == place
    return [*map(index.message, index.messages(number + 1) if is_sent else index.messages_with(number, place))]


def _run_content(run: RunState, recall: Recall) -> Mapping[str, Json]:
    content: dict[str, Json] = {'run': run.id, 'agent': run.agent, 'model': run.model, 'prompt': run.prompt}
    return {**content, 'usage': dict(run.usage), 'cost': run.cost, **_ending(run, recall)}


def _ending(run: RunState, recall: Recall) -> Mapping[str, Json]:
    """How a run ended, if it has."""
    event = recall(run.end) if run.end is not None else None
    match event:
        case ev.RunFinished():
            return {'output': event.output}
        case ev.RunFailed():
            return {'error': {'type': event.error.type, 'message': event.error.message}}
        case _:
            return {}
