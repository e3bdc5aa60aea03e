"""Two ways that runs went, side by side: branches of one run, or runs of two sessions.

Messages and tool calls are aligned by what they say; what differs in any two runs (times, identifiers, usage) is no
difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Generic, NamedTuple, TypeVar, cast

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .branches import branch_number, is_unused, leads, spans_to
from .details import Recall, json_list, json_object
from .run_index import RunIndex
from .selectors import RowKey, leading_nodes, node_at
from .state import NodeState, RunState, SessionState, Tokens, ToolState
from .undone import branch_nodes

T = TypeVar('T')

_VOLATILE = frozenset(
    {
        'timestamp', 'run_id', 'conversation_id', 'usage', 'tool_call_id', 'id', 'provider_response_id',
        'provider_details', 'provider_url', 'metadata',
    }
)  # fmt: skip
"""Fields of messages that differ whenever a request is made again."""
_MOST_ALIGNED = 2_000
"""Items of a side up to which both are aligned: the time grows with their product."""


@dataclass(frozen=True)
class Call:
    """A tool call, as it is compared."""

    tool: str
    args: Json
    outcome: str
    result: Json


@dataclass(frozen=True)
class Side:
    """One way that a run went."""

    title: str
    agent: str
    status: str
    seconds: float
    usage: Mapping[str, Json]
    cost: float | None
    tokens: Tokens
    messages: tuple[Json, ...]
    calls: tuple[Call, ...]
    output: Json = None
    """What it came to; None where it did not get so far."""


@dataclass(frozen=True)
class Pair(Generic[T]):
    """What stands beside each other; None where one side has nothing."""

    left: T | None
    right: T | None
    same: bool


@dataclass(frozen=True)
class Comparison:
    """Two sides, aligned."""

    left: Side
    right: Side
    messages: tuple[Pair[Json], ...]
    calls: tuple[Pair[Call], ...]

    @property
    def first_difference(self) -> int | None:
        """The first pair of messages that differ; None where all are the same."""
        return next((index for index, pair in enumerate(self.messages) if not pair.same), None)


class Session(NamedTuple):
    """A session, as it is compared with another."""

    title: str
    state: SessionState
    recall: Recall


def session_comparisons(left: Session, right: Session) -> tuple[Comparison, ...]:
    """The runs of two sessions that no other run started, in their order, beside each other."""
    return tuple(
        compare(_session_side(left, one), _session_side(right, other))
        for one, other in zip(left.state.roots, right.state.roots, strict=False)
    )


def _session_side(session: Session, run: str) -> Side:
    title = session.title if len(session.state.roots) == 1 else f'{session.title}, {run}'
    return run_side(title, session.state.runs[run], session.recall)


def compare(left: Side, right: Side) -> Comparison:
    return Comparison(
        left,
        right,
        aligned(left.messages, right.messages, message_key),
        aligned(left.calls, right.calls, lambda call: _canonical([call.tool, call.args, call.outcome, call.result])),
    )


def aligned(left: Sequence[T], right: Sequence[T], key: Callable[[T], str]) -> tuple[Pair[T], ...]:
    """Items side by side: those with the same key, and between them what takes the place of what."""
    old, new = [key(item) for item in left], [key(item) for item in right]
    if max(len(old), len(new)) > _MOST_ALIGNED:
        both = zip_longest(left, right), zip_longest(old, new)
        return tuple(Pair(a, b, x == y) for (a, b), (x, y) in zip(*both, strict=True))
    pairs: list[Pair[T]] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        both = zip_longest(left[old_from:old_to], right[new_from:new_to])
        pairs += [Pair(a, b, tag == 'equal') for a, b in both]
    return tuple(pairs)


def message_key(message: Json) -> str:
    """What a message says, without what differs whenever it is made again."""
    return _canonical(_lasting(message))


def _lasting(value: Json) -> Json:
    if isinstance(value, dict):
        fields = cast('dict[str, Json]', value)
        return {name: _lasting(item) for name, item in fields.items() if name not in _VOLATILE}
    return [_lasting(item) for item in cast('list[Json]', value)] if isinstance(value, list) else value


def _canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def branch_sides(state: SessionState, selected: RowKey, recall: Recall) -> tuple[Side, Side] | None:
    """The selected branch, or the newest that was undone, beside the one that leads to where the run is."""
    run = state.runs.get(selected.run) if selected.run is not None else None
    if run is None or not run.undone:
        return None
    last = _last_undone(run, selected)
    here = next(leading_nodes(run), None)
    return (_side(run, last, recall), _side(run, here, recall)) if last is not None and here is not None else None


def _last_undone(run: RunState, selected: RowKey) -> NodeState | None:
    """The last node of the undone branch that a row belongs to."""
    node = selected.branch if selected.branch is not None else selected.node
    undone = [index for index in run.undone if not is_unused(run.branches, index)]
    if node not in undone:
        node = max(undone)
    number = branch_number(run.branches, node or 0)
    of_branch = [index for index in undone if branch_number(run.branches, index) == number]
    first = min(of_branch)
    if node_at(run, first) is None:
        return None
    return branch_nodes(run, first)[-1]


def run_side(title: str, run: RunState, recall: Recall) -> Side:
    """A run as it ended, or as far as it is known."""
    last = next(leading_nodes(run), None)
    return _side(run, last if last is not None else NodeState(0, '', 'waiting'), recall, title)


def _side(run: RunState, last: NodeState, recall: Recall, title: str | None = None) -> Side:
    spans = spans_to(run.branches, last.index)
    nodes = [node for node in run.nodes if leads(spans, node.index)]
    undone = last.index in run.undone
    index = RunIndex(recall)
    index.update(run)
    history = index.history(last)
    _, snapshot = index.snapshot(last)
    messages = tuple(index.message(place) for place in history.messages)
    spent = [node.tokens for node in nodes if node.tokens is not None]
    return Side(
        title=title or _branch_title(run, last),
        agent=run.agent,
        status='undone' if undone else run.status,
        seconds=sum(node.duration or 0.0 for node in nodes),
        usage=snapshot.usage,
        cost=snapshot.cost,
        tokens=Tokens(sum(each.input for each in spent), sum(each.output for each in spent)),
        messages=messages,
        calls=tuple(_call(tool, recall) for node in nodes for tool in node.tools if tool.kind != 'output'),
        output=_last_answer(messages) if undone else _output(run, messages, recall),
    )


def _branch_title(run: RunState, last: NodeState) -> str:
    return f'branch {branch_number(run.branches, last.index) + 1}'


def _call(tool: ToolState, recall: Recall) -> Call:
    finished = recall(tool.finished_seq) if tool.finished_seq is not None else None
    result = finished.result if isinstance(finished, ev.ToolFinished) else None
    return Call(tool.tool, tool.args, tool.outcome or tool.status, result)


def _output(run: RunState, messages: Sequence[Json], recall: Recall) -> Json:
    ended = recall(run.end) if run.end is not None else None
    match ended:
        case ev.RunFinished():
            return ended.output
        case ev.RunFailed():
            return f'{ended.error.type}: {ended.error.message}'
        case _:
            return _last_answer(messages)


def _last_answer(messages: Sequence[Json]) -> Json:
    """The text of the last message, where that is a model's."""
    fields = json_object(messages[-1] if messages else None)
    if fields.get('kind') != 'response':
        return None
    parts = [json_object(part) for part in json_list(fields.get('parts'))]
    texts = [part.get('content') for part in parts if part.get('part_kind') == 'text']
    return '\n'.join(text for text in texts if isinstance(text, str)) or None
