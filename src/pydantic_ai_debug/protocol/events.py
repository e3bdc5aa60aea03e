"""What the child and the session report: one frozen class per event, named in the past tense.

A line of the event stream is a `Record`: an event with its place and time. Fields without a default are always
written; the others only where they say something. Readers ignore fields and events they do not know (`Unknown`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from .breakpoints import Breakpoint
from .commands import AnswerKind
from .frozen import Frozen
from .values import Child, Value, ValueRoot

FORMAT = 1
"""Version of the event stream, written in `hello`. Raised when a reader of the version before would misread it."""

Json: TypeAlias = object
"""A JSON value as `json.loads` gives it, in a shape that pydantic-ai defines."""

StopAt: TypeAlias = Literal['boundary', 'stream', 'tool', 'error', 'line', 'divergence']
"""`line`: a line of the program's own code that calls `breakpoint()`. `divergence`: a model request that the recording which
is replayed cannot answer."""
ItemForm: TypeAlias = Literal['text', 'json']
HintName: TypeAlias = Literal[
    'skipped_calls',
    'stream_left_early',
    'two_consumers',
    'sync_stream_in_loop',
    'validated_at_end',
    'retries_nearly_used',
    'usage_near_limit',
    'repeated_call',
    'cut_by_token_limit',
]
"""The traps of pydantic-ai that are told about when they are met."""
Outcome: TypeAlias = Literal['returned', 'retry', 'failed', 'deferred', 'denied', 'skipped']
ScriptPhase: TypeAlias = Literal['importing', 'running']
ReuseSource: TypeAlias = Literal['branch', 'recording']
DivergenceReason: TypeAlias = Literal['changed', 'unanswered', 'beyond']
"""Why a recording cannot answer a model request: the request recorded in its place says something else, it got no answer, or
there is none."""


class Hello(Frozen):
    """The first line of every stream."""

    format: int
    python: str
    pydantic_ai: str
    """Version of pydantic-ai in the script's interpreter, empty where it could not be read."""
    target: str
    """What is debugged, as it was named on the command line."""
    argv: tuple[str, ...]
    """The script's own arguments."""
    pid: int = 0
    cwd: str = ''
    started_at: str = ''
    """Wall-clock time of the start, ISO 8601 with offset."""


class PhaseChanged(Frozen):
    """How far the child has come before its first run: `importing` the target, or `running` it."""

    phase: ScriptPhase


class Output(Frozen):
    """Something the script wrote; undecodable bytes are escaped as `\\udcXX` surrogates."""

    stream: Literal['stdout', 'stderr']
    text: str


class RunStarted(Frozen):
    run: str
    parent: str | None
    """The run inside whose tool this one was started."""
    parent_call: str | None
    """The tool call that started it."""
    agent: str
    model: str
    prompt: Json
    """The user prompt as given: text, a list of content parts, or null."""
    output_type: str = ''
    """Name of the run's output type."""


class NodeStarted(Frozen):
    run: str
    node: int
    kind: str
    """The node's class name."""
    fields: Json = None
    """What the node holds, by name, as texts; of kinds that no other event tells about."""


class NodeFinished(Frozen):
    run: str
    node: int
    kind: str
    duration: float
    """Seconds, waiting at stops not counted."""
    next: str | None
    """Kind of the next node, `End` included; None where the node raised."""


class Stream(Frozen):
    """A stream event. Consecutive deltas of one part are merged into one."""

    run: str
    node: int
    data: Json
    times: tuple[float, ...] = ()
    """Session time of each delta that was merged, the first one's included."""
    lengths: tuple[int, ...] = ()
    """How many characters each of them brought."""


class ToolStarted(Frozen):
    run: str
    node: int
    call: str
    tool: str
    args: Json
    """Validated arguments by name."""
    kind: str = 'function'
    """pydantic-ai's kind of tool: `function`, `output`, `external`, ..."""


class ToolFinished(Frozen):
    run: str
    node: int
    call: str
    tool: str
    args: Json
    outcome: Outcome
    result: Json
    """What it returned, or the text of what it raised."""
    duration: float
    """Seconds, waiting at stops not counted."""


class Request(Frozen):
    """What a model request sent."""

    run: str
    node: int
    model: str
    messages: Json
    """The messages sent after the first `kept`, as `ModelMessagesTypeAdapter` serialises them."""
    kept: int
    """How many leading messages are the same as in the run's previous request."""
    instructions: str | None
    tools: Json
    """Function tools: a list of objects with `name`, `description`, `parameters_json_schema` and more."""
    output_tools: Json
    settings: Json
    """Model settings by name, or null."""
    native_tools: Json = ()
    """Tools the provider runs itself."""
    output_mode: str = ''
    allow_text_output: bool = True
    output_schema: Json = None
    """JSON schema of structured output that comes as text."""


class RequestPlanned(Request):
    """What a model request is going to send, as far as it is known while the run waits before it.

    Instructions and tools that functions of the user's make are made when the node runs: the ones shown are those of
    the request before, or the ones that are fixed.
    """


class Messages(Frozen):
    """The run's history has grown, or was rewritten."""

    run: str
    node: int
    added: Json
    """Messages after the first `kept`, as `ModelMessagesTypeAdapter` serialises them."""
    replaced: bool
    """Whether messages known before are gone or changed."""
    kept: int
    """How many leading messages are still the same."""


class State(Frozen):
    """What changed of the run's state; a field left out is as it was."""

    run: str
    node: int
    usage: Json = None
    """Counters by name, as pydantic-ai names them, zeros left out."""
    run_step: int | None = None
    retries: int | None = None
    """How many output retries were used."""
    metadata: Value | None = None
    deps: Value | None = None
    cost: float | None = None
    """US dollars so far; absent where the price is unknown."""


class RunFinished(Frozen):
    run: str
    output: Json
    """The output as JSON."""
    usage: Json
    cost: float | None
    picture: Value | None = None
    """The output as a typed tree."""


class Frame(Frozen):
    """One line of a traceback."""

    file: str
    line: int
    function: str
    source: str
    user: bool
    """Whether the file is the user's own: neither an installed package nor the standard library."""
    locals: tuple[Child, ...] = ()
    """Its local variables as bounded pictures, where the run waits at the error."""


class ErrorInfo(Frozen):
    type: str
    """Class name, with its module unless that is `builtins`."""
    message: str
    traceback: str
    """As Python prints it."""
    frames: tuple[Frame, ...] = ()
    """Innermost last, as in the traceback; below them those of its reason."""
    reason: str | None = None
    """What the user's own code raised, in a line, where a library raised this because of it."""


class RaisedError(Frozen):
    """An exception, as far as it can be raised once more in a replay."""

    module: str
    """The module of its class."""
    name: str
    """The class in that module, dotted where it is inside of another."""
    message: str
    args: Json
    """A list of its arguments; its message alone where they are no JSON."""
    fields: Json
    """Its attributes by name, those that are JSON."""
    group: tuple[RaisedError, ...] = ()
    """What a group of exceptions consists of."""


class RequestFailed(Frozen):
    """The model raised in place of its response, or before its response was whole. The program may handle it."""

    run: str
    node: int
    error: RaisedError
    opened: bool = False
    """Whether its response had begun to stream."""


class RunFailed(Frozen):
    run: str
    error: ErrorInfo
    cancelled: bool = False
    """Whether the run was cancelled or left early rather than failed."""


class Stopped(Frozen):
    """A run waits."""

    run: str
    node: int
    """Index of the node that is about to run, or that is running."""
    at: StopAt
    kind: str
    """What is about to run: a node's class name or `End`; a tool's name at a tool stop; what failed at an error."""
    call: str | None = None
    spec: str | None = None
    """The breakpoint that was hit."""
    after: bool = False
    """Whether the tool call has returned."""
    holds_stream: bool = False
    """Whether a model's stream is kept waiting, which a provider may give up."""
    problem: str | None = None
    """Why the breakpoint's condition could not be evaluated, where it raised."""
    error: ErrorInfo | None = None
    """What was raised, at an error; the frames hold their local variables, innermost last."""
    args: Json = None
    """The arguments of the tool call."""
    result: Json = None
    """What it returned."""
    edits: tuple[str, ...] = ()
    """Names of the items that can be edited here."""
    answers: tuple[AnswerKind, ...] = ()
    """How it can be answered by hand."""
    retries: bool = False
    """Whether what failed can be run once more."""
    frames: tuple[Frame, ...] = ()
    """The program's stack at a line that is stopped at, innermost last."""


class Resumed(Frozen):
    run: str
    node: int
    at: StopAt
    call: str | None = None
    retried: bool = False
    """Whether what failed is run once more."""


class BreakpointsSet(Frozen):
    """The breakpoints in force; told when they change, also by themselves."""

    breakpoints: tuple[Breakpoint, ...]


class Logged(Frozen):
    """A logpoint was hit, or it could not be printed."""

    run: str
    node: int
    spec: str
    text: str
    call: str | None = None


class ToolsSerialized(Frozen):
    """Whether the tool calls of one response run one after the other."""

    on: bool


class DraftItem(Frozen):
    """Something that can be edited."""

    name: str
    """Such as `prompt`, `instructions`, `messages`, `settings`, `tools`, `response`, `output`, `args`, `result`."""
    form: ItemForm
    """Whether its text is the thing itself or JSON."""
    text: str
    schema: Json = None
    """JSON schema of what is accepted, where there is one."""


class Drafted(Frozen):
    """The answer to `draft`; no items where nothing waits there any more."""

    run: str
    node: int
    call: str | None
    items: tuple[DraftItem, ...]


class Edited(Frozen):
    """What is about to run was changed."""

    run: str
    node: int
    call: str | None
    item: str
    before: Json
    after: Json


class EditRefused(Frozen):
    """An edit or an answer that is not taken."""

    run: str
    node: int
    call: str | None
    item: str
    """The item; `answer` for an answer by hand."""
    message: str
    line: int | None = None
    """Where in the text it goes wrong, from 1, where that is known."""
    column: int | None = None


class AnsweredByHand(Frozen):
    """A tool call or a model request was answered by the user and did not run."""

    run: str
    node: int
    call: str | None
    kind: AnswerKind
    value: Json


class Reused(Frozen):
    """What ran before was not run again: a tool call or a model request was answered by what is known of it."""

    run: str
    node: int
    call: str | None
    """The tool call; None for a model request."""
    source: ReuseSource
    """Whether it comes from a branch of this run that was undone, or from a recording that is replayed."""


class Rewound(Frozen):
    """A run was put back to what it was before one of its nodes, and goes on from there as a new branch."""

    run: str
    node: int
    """Index of the node that the new branch begins with: the one it was put back before, under a number of its own."""
    to: int
    """Index of the node it was put back before."""
    usage: Json
    """Counters as they were then, by name, as in `state`."""
    cost: float | None = None
    """US dollars that the nodes before had cost."""
    left: tuple[str, ...] = ()
    """What of the deps is as it is now, since it could not be put back."""


class RewindRefused(Frozen):
    """A run cannot go back to a node."""

    run: str
    node: int
    message: str


class ReplaySwitched(Frozen):
    """Whether a recording answers model requests from here on."""

    on: bool


class Diverged(Frozen):
    """A model request is not answered by the recording that is replayed.

    Both sides hold what differs, by name: `messages`, `instructions`, `tools`, `output_tools`, `native_tools`, `settings`,
    `output_schema`. Times, ids and what else a model does not read are left out of them.
    """

    run: str
    node: int
    reason: DivergenceReason
    recorded: Json
    """What was asked in its place when it was recorded; null where nothing was."""
    asked: Json
    same: int
    """How many leading messages are the same on both sides, and left out."""
    answered: bool = True
    """Whether the recorded request was answered, and that can be used."""


class Evaluated(Frozen):
    """The answer to `evaluate`."""

    run: str
    number: int
    source: str
    value: Value | None = None
    """None for a statement, or where it raised."""
    error: ErrorInfo | None = None


class Completed(Frozen):
    """The answer to `complete`."""

    run: str
    number: int
    start: int
    """Where in the line the names begin."""
    names: tuple[str, ...]


class Hint(Frozen):
    """A trap of pydantic-ai that the run has met."""

    run: str
    node: int
    hint: HintName
    text: str
    """What happens and why, in a sentence."""


class ValueOpened(Frozen):
    """The answer to `OpenValue`. `value` is None where the object is no longer there."""

    run: str
    root: ValueRoot
    path: tuple[int, ...]
    start: int
    value: Value | None


class AgentInfo(Frozen):
    """An agent found in the namespace of a script that started no run."""

    variable: str
    name: str
    model: str
    tools: tuple[str, ...]
    output_type: str
    deps_type: str | None
    """Name of the deps' class; None where the agent takes none."""
    deps_candidates: tuple[str, ...] = ()
    """Names in the namespace that hold an instance of that class."""


class AgentsOffered(Frozen):
    """The script ended without a run, or an agent opened by name lacks a prompt: one can be started."""

    agents: tuple[AgentInfo, ...]
    message: str = ''
    """Why it is asked again, such as deps that could not be evaluated."""


class Fault(Frozen):
    """Something went wrong in the debugger itself; the script goes on."""

    message: str
    traceback: str = ''


class LaunchFailed(Frozen):
    """The target could not be run at all: wrong use, not a failure of the script."""

    message: str


class ScriptFailed(Frozen):
    """The script ends with an exception that nothing caught, of a run or of its own."""

    error: ErrorInfo


class Exited(Frozen):
    """The last line: how the script's process ended."""

    code: int
    """Exit code; negative where a signal ended it."""


class Unknown(Frozen):
    """An event of a newer writer."""

    name: str
    fields: Mapping[str, Json]


Event: TypeAlias = (
    Hello
    | PhaseChanged
    | Output
    | RunStarted
    | NodeStarted
    | NodeFinished
    | Stream
    | ToolStarted
    | ToolFinished
    | Request
    | RequestPlanned
    | RequestFailed
    | Messages
    | State
    | RunFinished
    | RunFailed
    | Stopped
    | Resumed
    | BreakpointsSet
    | Logged
    | ToolsSerialized
    | Drafted
    | Edited
    | EditRefused
    | AnsweredByHand
    | Reused
    | Rewound
    | RewindRefused
    | ReplaySwitched
    | Diverged
    | Evaluated
    | Completed
    | Hint
    | ValueOpened
    | AgentsOffered
    | Fault
    | LaunchFailed
    | ScriptFailed
    | Exited
    | Unknown
)


class Record(Frozen):
    """One line of the event stream."""

    seq: int
    """Place in the stream, from 0, without gaps."""
    time: float
    """Seconds since the session started."""
    event: Event
