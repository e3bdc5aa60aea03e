"""What is known of a session at one moment. Frozen: `reduce` makes the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import AnswerKind
from pydantic_ai_debug.protocol.events import AgentInfo, Json, Outcome, ReuseSource, StopAt
from pydantic_ai_debug.protocol.frozen import Frozen

from .branches import Branch
from .register import Register
from .series import Series
from .vector import Vector

RowStatus: TypeAlias = Literal['waiting', 'stopped', 'running', 'done', 'failed', 'left']
"""State of a node or tool call: known to come next, waiting at a stop, or running, or how it ended; `left`: the run went back
while it ran."""

RunStatus: TypeAlias = Literal['running', 'paused', 'finished', 'failed']
SessionStatus: TypeAlias = Literal['starting', 'importing', 'waiting', 'running', 'paused', 'finished', 'failed']
"""`waiting`: the script runs and has started no agent run yet."""


class Tokens(NamedTuple):
    """Tokens of one response, or of a run so far."""

    input: int = 0
    output: int = 0


class ToolState(Frozen):
    """One tool call of a `CallToolsNode`."""

    call: str
    tool: str
    kind: str
    """pydantic-ai's kind of tool: `function`, `output`, ..."""
    args: Json
    status: RowStatus
    started: float
    """Session time."""
    started_seq: int
    finished_seq: int | None = None
    outcome: Outcome | None = None
    duration: float | None = None
    edits: tuple[int, ...] = ()
    """Places of its `edited` events."""
    by_hand: int | None = None
    """Place of the `answered_by_hand` event, where the user answered it."""
    reused: ReuseSource | None = None
    """Where what it came to was taken from, where it did not run."""


class NodeState(Frozen):
    """One node of a run, past, running or about to run."""

    index: int
    kind: str
    status: RowStatus
    started: float | None = None
    """Session time; None while it has not run."""
    duration: float | None = None
    fields: Json = None
    """What it holds, by name, of a kind that no other event tells about."""
    tools: tuple[ToolState, ...] = ()
    planned: tuple[ToolState, ...] = ()
    """Calls that the response before it asks for and that have not begun."""
    stream: Series[int] = field(default_factory=Series[int])
    """Places of its stream events."""
    failures: tuple[int, ...] = ()
    """Places of its `request_failed` events: what the model raised, whatever came of it."""
    request: int | None = None
    """Place of its `request` event; of its `request_planned` event while the run waits before it."""
    first_token: float | None = None
    """Session time of its first streamed part or delta."""
    last_token: float | None = None
    tokens: Tokens | None = None
    """Tokens of the response, of a model request."""
    messages: int = 0
    """How many of the run's `messages` events were known when it ended, or are known now."""
    states: int = 0
    """The same for its `state` events."""
    edits: tuple[int, ...] = ()
    """Places of the `edited` events of what it runs on; those of tool calls are theirs."""
    by_hand: int | None = None
    """Place of the `answered_by_hand` event, where the user answered in place of the model."""
    reused: ReuseSource | None = None
    """Where what it came to was taken from, where it did not run."""
    broke: bool = False
    """Whether a breakpoint was hit at it or inside of it."""
    diverged: int | None = None
    """Place of its `diverged` event, where the recording that is replayed had no answer."""


class Stop(Frozen):
    """A place where a run waits."""

    at: StopAt
    node: int
    kind: str
    call: str | None
    spec: str | None
    since: float
    """Session time."""
    seq: int = 0
    """Place of its `stopped` event, which holds the rest."""
    after: bool = False
    """Whether the tool call has returned."""
    holds_stream: bool = False
    """Whether a model's stream is kept waiting."""
    edits: tuple[str, ...] = ()
    """Names of the items that can be edited."""
    answers: tuple[AnswerKind, ...] = ()
    """How it can be answered by hand."""
    retries: bool = False
    """Whether what failed can be run once more."""


class RunState(Frozen):
    """One agent run."""

    id: str
    parent: str | None
    parent_call: str | None
    agent: str
    model: str
    prompt: Json
    status: RunStatus
    started: float
    started_seq: int
    ended: float | None = None
    nodes: Vector[NodeState] = field(default_factory=Vector[NodeState])
    highest: int = -1
    """The highest index of a node."""
    stops: tuple[Stop, ...] = ()
    """Where it waits: more than one where parallel tool calls wait side by side."""
    waits: int = 0
    """How many stops wait in it and in the runs below it."""
    waited: float = 0.0
    """Seconds during which one or more of them waited, up to when the last was let go."""
    paused_since: float | None = None
    """Session time since which one or more of them wait."""
    branches: tuple[Branch, ...] = ()
    """What it did after it went back, once for each time."""
    undone: frozenset[int] = frozenset()
    """Nodes, by index, that do not lead to where it is: those of branches that it went back from."""
    undone_cost: float = 0.0
    """US dollars of those, as far as known."""
    asked: tuple[ToolState, ...] = ()
    """Tool calls of its newest response."""
    spent: Tokens = Tokens()
    """Tokens of the run's own responses on all branches, those of the runs inside it not counted."""
    usage: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))
    cost: float | None = None
    """US dollars of its own responses that lead to where it is."""
    messages: Series[int] = field(default_factory=Series[int])
    """Places of its `messages` events."""
    states: Series[int] = field(default_factory=Series[int])
    """Places of its `state` events."""
    requests: Series[int] = field(default_factory=Series[int])
    """Places of its `request` events."""
    end: int | None = None
    """Place of its `run_finished` or `run_failed` event."""
    cancelled: bool = False
    children: Series[str] = field(default_factory=Series[str])
    """Runs that its tools started, in order."""


def node_position(run: RunState, index: int) -> int | None:
    """Where the node with an index is; at that position, unless nodes are missing or came in another order."""
    nodes = run.nodes
    if index > run.highest:
        return None
    if 0 <= index < len(nodes) and nodes[index].index == index:
        return index
    return next((position for position in reversed(range(len(nodes))) if nodes[position].index == index), None)


class SessionState(Frozen):
    """A whole session: a script, its runs, its output, its end."""

    count: int = 0
    """Number of events folded."""
    time: float = 0.0
    """Time of the newest event, in seconds since the start."""
    status: SessionStatus = 'starting'
    target: str = ''
    argv: tuple[str, ...] = ()
    python: str = ''
    pydantic_ai: str = ''
    pid: int = 0
    runs: Register[RunState] = field(default_factory=Register[RunState])
    """In the order in which they started."""
    running: int = 0
    """How many runs neither wait nor have ended."""
    paused: int = 0
    """How many wait."""
    roots: Series[str] = field(default_factory=Series[str])
    """Runs that no other run's tool started."""
    latest_run: str | None = None
    """The run that changed last."""
    output: Series[int] = field(default_factory=Series[int])
    """Places of the script's `output` events, and of the `logged` ones among them."""
    faults: Series[int] = field(default_factory=Series[int])
    offered: tuple[AgentInfo, ...] | None = None
    """Agents that can be started, while the child waits for a choice."""
    offer_message: str = ''
    launch_error: str | None = None
    script_error: int | None = None
    """Place of the `script_failed` event."""
    exit_code: int | None = None
    opened: Series[int] = field(default_factory=Series[int])
    """Places of the `value_opened` events."""
    replies: Series[int] = field(default_factory=Series[int])
    """Places of what answers the user: `drafted`, `edited`, `edit_refused`, `answered_by_hand`, `rewound`,
    `rewind_refused`,     `evaluated`, `completed`."""
    hints: Series[int] = field(default_factory=Series[int])
    """Places of the `hint` events."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """Those in force."""
    tools_serialized: bool = False
    """Whether the tool calls of one response run one after the other."""
    replays: bool = False
    """Whether a recording answers model requests."""
