"""What the parent asks of the child. Names are imperative; each is answered by events only."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .breakpoints import Breakpoint
from .frozen import Frozen
from .values import ValueRoot

TargetKind: TypeAlias = Literal['script', 'module', 'agent']
AnswerKind: TypeAlias = Literal['value', 'error', 'retry', 'denied', 'approved', 'response']
"""How something is answered by hand: a tool call by a value, an error, a `ModelRetry`, a denial, an approval; a model
request by a response."""


class Launch(Frozen):
    """The first line the child reads: what to run and how. Sent once, before anything of the user's is loaded."""

    kind: TargetKind
    """`script`: a file run as `__main__`; `module`: the same by name; `agent`: an agent imported by name."""
    target: str
    """Path of the script, or the module's name; for `agent`, the path or module before the colon."""
    attribute: str | None
    """The agent's name after the colon, for `agent`."""
    argv: tuple[str, ...]
    """What follows the target on the command line: the script's own arguments."""
    started: float
    """`time.monotonic()` at which the session started: the zero of every event's time."""
    stop_on_entry: bool
    """Whether the first run stops before its first node."""
    interactive: bool
    """Whether somebody can answer: agents of a script that starts no run are then offered, and runs may wait."""
    prompt: str | None = None
    """Prompt for an agent opened by name."""
    deps: str | None = None
    """Python expression for the deps of an agent opened by name."""
    model: str | None = None
    """Name of the model that replaces every run's own."""
    stream: bool = False
    """Whether a request the script does not stream is streamed on its behalf, for real providers' models."""
    show_secrets: bool = False
    """Whether the values of masked secrets are told beside the events, for the screen alone."""
    waits: bool = True
    """Whether runs wait at stops; else each is reported, and gone on from at once."""
    stop_on_error: bool = False
    """Whether a run stops where something is raised that nothing of the program's handles."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """In force from the start."""
    serialize_tools: bool = False
    """Whether the tool calls of one response run one after the other."""
    hints: bool = True
    """Whether traps that are met are reported."""
    keep_deps: bool = False
    """Whether a run that goes back keeps its deps as they are then, rather than as they were before the node."""
    replay: str | None = None
    """Path of the tape whose answers model requests are given. The child removes it once it is read."""
    replay_tools: bool = False
    """Whether function tools are answered by the tape, too."""


class StepOver(Frozen):
    """Run what waits, and stop where it is done: at the same run's next boundary; inside a stream, after its next event.

    A tool call that waits beside others is let go alone.
    """

    run: str
    call: str | None = None
    """The tool call that waits; None for all that waits of the run."""


class StepInto(Frozen):
    """Stop at the very next stop of any kind, in tools and in the runs that they start too."""

    run: str
    call: str | None = None


class StepOut(Frozen):
    """Run until the current frame (the node that streams, a tool call, a run) ends, and stop in its parent."""

    run: str
    call: str | None = None


class RunTo(Frozen):
    """Let everything go and stop before a node, or before a tool call."""

    run: str
    node: int
    """Index of the node in the run."""
    call: str | None = None


class Continue(Frozen):
    """Let every waiting run go and stop nowhere until asked."""


class Pause(Frozen):
    """Stop `run` at its next possible stop, also between two deltas; every run where it is None."""

    run: str | None


class SetBreakpoints(Frozen):
    """The breakpoints in force from now on."""

    breakpoints: tuple[Breakpoint, ...]


class SerializeTools(Frozen):
    """Whether the tool calls of one response run one after the other from now on."""

    on: bool


class Draft(Frozen):
    """Send what can be edited at a stop; answered by `drafted`."""

    run: str
    call: str | None = None


class Edit(Frozen):
    """Change what is about to run. It is checked, and goes on waiting; answered by `edited` or `edit_refused`."""

    run: str
    call: str | None
    item: str
    """Name of an item that was drafted."""
    text: str
    """Its new text, in the form it was drafted in."""


class AnswerByHand(Frozen):
    """Answer a tool call or a model request instead of running it, and go on; or say why not by `edit_refused`."""

    run: str
    call: str | None
    kind: AnswerKind
    text: str
    """The value or the response as JSON; a message for the other kinds."""


class Retry(Frozen):
    """Run once more what failed, as it was or as it was edited."""

    run: str
    call: str | None = None


class Rewind(Frozen):
    """Put a run that waits back to what it was before one of its nodes, as a new branch, and wait there.

    Answered by `rewound` or `rewind_refused`.
    """

    run: str
    node: int
    """Index of the node, of whichever branch."""
    again: tuple[str, ...] = ()
    """Tool calls that are undone and are to run again; the others are answered by what they came to, if the same is
    asked of the same tool."""


class UseRecorded(Frozen):
    """Answer a model request that differs from the recorded one by what that was answered, and go on.

    What differs counts as the same from then on, so that the requests after it are found.
    """

    run: str
    call: str | None = None


class GoLive(Frozen):
    """Ask models from here on, also where the recording has an answer; a request that waits since it has none goes on."""

    run: str


class Evaluate(Frozen):
    """Run Python code in a paused run; answered by `evaluated`."""

    run: str
    call: str | None
    number: int
    """Names the evaluation in its answer, and its value among the roots that can be opened."""
    source: str


class Interrupt(Frozen):
    """Stop an evaluation that runs."""

    number: int


class Complete(Frozen):
    """Send the names that may stand at the end of a line of code; answered by `completed`."""

    run: str
    call: str | None
    number: int
    source: str
    """The line up to the cursor."""


class OpenValue(Frozen):
    """Send a deeper picture of something inside a paused run's object."""

    run: str
    root: ValueRoot
    path: tuple[int, ...]
    """Positions of the children to follow from the root."""
    start: int
    """Index of the first child wanted."""


class StartRun(Frozen):
    """Open a run of an agent that was offered, on a prompt."""

    agent: str
    """The name under which the agent was offered."""
    prompt: str
    deps: str | None
    """Python expression for its deps, evaluated in the target's namespace."""


class Leave(Frozen):
    """Start no run: let a script whose agents were offered end."""


class Probe(Frozen):
    """Give a sign of life, once the event loop of every run has turned."""

    number: int


class Answered(Frozen):
    """The answer to `Probe`. It goes beside the events and is no part of their stream."""

    number: int


Command: TypeAlias = (
    Launch
    | StepOver
    | StepInto
    | StepOut
    | RunTo
    | Continue
    | Pause
    | SetBreakpoints
    | SerializeTools
    | Draft
    | Edit
    | AnswerByHand
    | Retry
    | Rewind
    | UseRecorded
    | GoLive
    | Evaluate
    | Interrupt
    | Complete
    | OpenValue
    | StartRun
    | Leave
    | Probe
)
