"""Whether a run stops: a pure policy. Where it waits is the gate's business."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Boundary:
    """A place before a node, or before the end of a run."""

    run: str
    parent: str | None
    first: bool
    """Whether it is the run's first."""


@dataclass(frozen=True)
class Stepper:
    """What was asked for, as a value; each answer is a new one."""

    on_entry: bool = True
    """Whether a run that no other run started stops before its first node."""
    stepping: frozenset[str] = frozenset()
    """Runs that stop at their next boundary."""

    def stops_at(self, boundary: Boundary) -> bool:
        if boundary.run in self.stepping:
            return True
        return self.on_entry and boundary.first and boundary.parent is None

    def stopped(self, run: str) -> Stepper:
        """After a run stopped: it waits for a new command."""
        return replace(self, stepping=self.stepping - {run})

    def step_over(self, run: str) -> Stepper:
        """Stop at the same run's next boundary, and in the run that follows where this one ends."""
        return replace(self, on_entry=True, stepping=self.stepping | {run})

    def continue_all(self) -> Stepper:
        """Stop nowhere."""
        return Stepper(on_entry=False)

    def pause(self, runs: frozenset[str]) -> Stepper:
        """Stop these at their next boundary; and whatever starts next, where none of them is live."""
        return replace(self, on_entry=self.on_entry or not runs, stepping=self.stepping | runs)

    def ended(self, run: str, parent: str | None) -> Stepper:
        """After a run ended: a step that was under way in it ends in its parent."""
        if run not in self.stepping:
            return self
        stepping = self.stepping - {run}
        return replace(self, stepping=stepping | {parent} if parent is not None else stepping)
