"""Whether a run stops: a pure policy. Where it waits is the gate's business, breakpoints are a policy of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from typing_extensions import assert_never

from pydantic_ai_debug.protocol.events import StopAt


@dataclass(frozen=True)
class Place:
    """Where a run is: before a node, between two stream events, before or after a tool call, at an error."""

    run: str
    outer: tuple[str, ...]
    """The runs it is inside of, the nearest first."""
    at: StopAt
    node: int
    """Index of the node that is about to run, or that runs."""
    call: str | None = None
    after: bool = False
    """Whether the tool call has returned."""
    first: bool = False
    """Whether it is the run's first boundary."""
    end: bool = False
    """Whether it is the boundary before the run's end."""

    @property
    def is_call(self) -> bool:
        """Whether a tool call is about to run."""
        return self.at == 'tool' and not self.after


@dataclass(frozen=True)
class ToBoundary:
    """The next boundary of a run."""

    run: str

    def reached(self, place: Place) -> bool:
        return place.run == self.run and place.at == 'boundary'


@dataclass(frozen=True)
class ToAnyStop:
    """The next stop of any kind, of a run or of those inside it."""

    run: str

    def reached(self, place: Place) -> bool:
        return place.run == self.run or self.run in place.outer


@dataclass(frozen=True)
class ToStreamEvent:
    """The next event of a stream, or the boundary after the last one."""

    run: str

    def reached(self, place: Place) -> bool:
        return place.run == self.run and place.at in ('stream', 'boundary')


@dataclass(frozen=True)
class ToReturn:
    """The return of a tool call, or what its run comes to instead."""

    run: str
    call: str | None

    def reached(self, place: Place) -> bool:
        if place.run != self.run:
            return False
        return place.at == 'boundary' or (place.call == self.call and (place.after or place.at == 'error'))


@dataclass(frozen=True)
class ToEnd:
    """The end of a run: before the result goes back to the program, or where it goes back to, in the run around it."""

    run: str

    def reached(self, place: Place) -> bool:
        return place.run == self.run and place.end and not place.outer


@dataclass(frozen=True)
class ToRow:
    """A node, or a tool call."""

    run: str
    node: int
    call: str | None

    def reached(self, place: Place) -> bool:
        if place.run != self.run or place.node != self.node:
            return False
        return place.at == 'boundary' if self.call is None else place.is_call and place.call == self.call


Goal: TypeAlias = ToBoundary | ToAnyStop | ToStreamEvent | ToReturn | ToEnd | ToRow
"""A place that somebody asked a run to go on to."""


@dataclass(frozen=True)
class Stepper:
    """What was asked for, as a value; each answer is a new one."""

    on_entry: bool = True
    """Whether a run that no other run started stops before its first node."""
    goals: frozenset[Goal] = frozenset()
    entered: frozenset[tuple[str, int]] = frozenset()
    """Nodes that were stepped into, by run and index: each of their tool calls stops, those side by side too."""

    @property
    def idle(self) -> bool:
        """Whether nothing stops but, at most, a run that begins."""
        return not self.goals and not self.entered

    def stops_at(self, place: Place) -> bool:
        if self.on_entry and place.first and not place.outer:
            return True
        if place.is_call and (place.run, place.node) in self.entered:
            return True
        return any(goal.reached(place) for goal in self.goals)

    def watches_streams(self, run: str, outer: tuple[str, ...]) -> bool:
        """Whether a run may stop between two stream events."""
        return any(
            isinstance(goal, (ToAnyStop, ToStreamEvent)) and (goal.run == run or goal.run in outer)
            for goal in self.goals
        )

    def stopped(self, place: Place) -> Stepper:
        """After a run stopped: what was asked of it is done, and it waits for a new command."""
        entered = self.entered
        if place.is_call and any(isinstance(goal, ToAnyStop) and goal.reached(place) for goal in self.goals):
            entered |= {(place.run, place.node)}
        if place.at == 'boundary':
            entered = frozenset(node for node in entered if node[0] != place.run)
        goals = frozenset(
            goal
            for goal in self.goals
            if goal.run != place.run and not (isinstance(goal, ToAnyStop) and goal.run in place.outer)
        )
        return replace(self, goals=goals, entered=entered)

    def step_over(self, place: Place) -> Stepper:
        """Run what waits at a place, and stop where that is done; in what follows where the run ends."""
        match place.at:
            case 'boundary' | 'tool' | 'error' | 'divergence':
                goal = ToBoundary(place.run)
            case 'stream':
                goal = ToStreamEvent(place.run)
            case 'line':
                goal = ToReturn(place.run, place.call)
            case _:
                assert_never(place.at)
        return self._toward(goal)

    def step_into(self, run: str) -> Stepper:
        """Stop at the very next stop of any kind."""
        return self._toward(ToAnyStop(run))

    def step_out(self, place: Place) -> Stepper:
        """Run until the frame at a place ends: a tool call, a node that streams, a run."""
        match place.at:
            case 'stream':
                goal = ToBoundary(place.run)
            case 'tool' if place.after:
                goal = ToBoundary(place.run)
            case 'tool' | 'line':
                goal = ToReturn(place.run, place.call)
            case 'error':
                goal = ToEnd(place.run) if place.call is None else ToReturn(place.run, place.call)
            case 'boundary' | 'divergence':
                goal = ToEnd(place.run)
            case _:
                assert_never(place.at)
        return self._toward(goal)

    def run_to(self, run: str, node: int, call: str | None) -> Stepper:
        """Stop nowhere but there."""
        return Stepper(on_entry=False, goals=frozenset({ToRow(run, node, call)}))

    def continue_all(self) -> Stepper:
        """Stop nowhere."""
        return Stepper(on_entry=False)

    def pause(self, runs: frozenset[str]) -> Stepper:
        """Stop these at their next stop of any kind; and whatever starts next, where none of them is live."""
        goals = frozenset[Goal](ToAnyStop(run) for run in runs)
        return replace(self, on_entry=self.on_entry or not runs, goals=self.goals | goals)

    def ended(self, run: str, outer: tuple[str, ...], call: str | None) -> Stepper:
        """After a run ended: what was asked of it goes on in the run around it, whose tool call `call` started it."""
        entered = frozenset(node for node in self.entered if node[0] != run)
        mine = {goal for goal in self.goals if goal.run == run}
        goals = self.goals - mine
        if outer:
            goals |= {_passed_on(goal, outer[0], call) for goal in mine}
        return replace(self, goals=goals, entered=entered)

    def _toward(self, goal: Goal) -> Stepper:
        return replace(self, on_entry=True, goals=self.goals | {goal})


def _passed_on(goal: Goal, parent: str, call: str | None) -> Goal:
    match goal:
        case ToAnyStop():
            return ToAnyStop(parent)
        case ToEnd():
            return ToBoundary(parent) if call is None else ToReturn(parent, call)
        case ToBoundary() | ToStreamEvent() | ToReturn() | ToRow():
            return ToBoundary(parent)
        case _:
            assert_never(goal)
