"""What waits at a stop: what can be changed of it, how it can be answered by hand, and what it goes on with.

A stop belongs to the task or thread that waits at it. Everything here is called where that waits, so that nothing of the
program's moves meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic_ai_debug.protocol.commands import AnswerKind
from pydantic_ai_debug.protocol.events import Frame, ItemForm, Json

from .errors import locals_of, traced_frames, user_frame_names
from .stepper import Place

if TYPE_CHECKING:
    from .timeline import Checkpoint
    from .tracked_run import TrackedRun


class EditError(Exception):
    """An edit or an answer that cannot be taken; it says why, and where in the text."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        """From 1, as `column`."""
        self.column = column


@dataclass(frozen=True)
class Draft:
    """Something that can be edited, as it is now."""

    name: str
    form: ItemForm
    value: Json
    """A text, or a JSON value."""
    schema: Json = None


@dataclass(frozen=True)
class GoOn:
    """What waits runs, as it is by now."""


@dataclass(frozen=True)
class Again:
    """What failed runs once more."""


@dataclass(frozen=True)
class Answer:
    """The user answers in place of what waits."""

    kind: AnswerKind
    value: Any
    """What the tool returns, the response of the model, or a message."""


@dataclass(frozen=True)
class Back:
    """The run goes back before one of its nodes."""

    run: TrackedRun
    """The run: the one that waits, or one that it is inside of."""
    to: Checkpoint
    again: frozenset[str]
    """Tool calls that are to run again."""


Settled: TypeAlias = GoOn | Again | Answer
Resolution: TypeAlias = Settled | Back


class Held:
    """One thing that waits. Subclasses say what can be done with it; this one can only go on."""

    retries = False
    """Whether what failed can be run once more."""
    blocks_thread = False
    """Whether its thread waits, with the event loop that runs in it, rather than a task."""
    holds_stream = False
    """Whether a model's stream is kept waiting."""
    answers: tuple[AnswerKind, ...] = ()
    """How it can be answered by hand."""
    goes_back = False
    """Whether who waits here puts the run back itself; else the node that it is in has to be left first."""

    def __init__(self, run: TrackedRun, place: Place, kind: str) -> None:
        self.run = run
        self.place = place
        self.kind = kind
        """What is about to run, or what failed: a node's class name, or a tool's name."""
        self.resolution: Resolution = GoOn()
        self.error: BaseException | None = None

    @property
    def editable(self) -> tuple[str, ...]:
        """Names of what can be edited: those of `drafts`, which cost the whole history."""
        return ()

    def drafts(self) -> Sequence[Draft]:
        """What can be edited, as it is now."""
        return ()

    def take(self, item: str, value: Any) -> None:
        """Replace an item.

        Raises:
            EditError: where it is not accepted.
            ValidationError: where the program's own types do not accept it.
        """
        raise EditError(f'there is no {item!r} to edit here')

    def answer(self, kind: AnswerKind, text: str) -> Answer:
        """What the user answers in its place.

        Raises:
            EditError, ValidationError: where it is not accepted.
        """
        raise EditError('this cannot be answered by hand')

    def step_on(self) -> None:
        """The user steps on from here, and not only lets go what waits anywhere."""

    def use_recorded(self) -> bool:
        """Have it answered by what was recorded in its place; whether there is something."""
        return False

    def scope(self) -> Mapping[str, object]:
        """Names for conditions and for code that is evaluated, beside those that every run has."""
        return {}

    @property
    def arguments(self) -> object:
        """The arguments of a tool call."""
        return None

    def frames(self) -> tuple[Frame, ...]:
        """The program's stack, where it waits at a line."""
        return ()

    def frame_names(self) -> Mapping[str, object]:
        """Names of the program's own code where it raised: those of its innermost frame."""
        return user_frame_names(self.error) if self.error is not None else {}

    def local_variables(self) -> object:
        """Local variables by frame, to be opened deeper: of an error's traceback, innermost last."""
        return [locals_of(frame) for frame in traced_frames(self.error)] if self.error is not None else []

    def let_go(self) -> None:
        """It waits no more: hold on to nothing of the program's."""
        self.error = None
