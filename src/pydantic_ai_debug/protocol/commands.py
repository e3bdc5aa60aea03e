"""What the parent asks of the child. Names are imperative; each is answered by events only."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .frozen import Frozen
from .values import ValueRoot

TargetKind: TypeAlias = Literal['script', 'module', 'agent']


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


class StepOver(Frozen):
    """Run the next node of `run` and stop at the same run's next boundary."""

    run: str


class Continue(Frozen):
    """Let every waiting run go and stop nowhere until asked."""


class Pause(Frozen):
    """Stop `run` at its next boundary; every run where it is None."""

    run: str | None


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


Command: TypeAlias = Launch | StepOver | Continue | Pause | OpenValue | StartRun | Leave | Probe
