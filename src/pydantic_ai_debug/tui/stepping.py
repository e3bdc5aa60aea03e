"""Which stop a key is for, and whether it can be done: the conditions and commands of the rows that step and break.

Pure: knows the state and what is selected, no widget.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic_ai_debug.model.breakpoint_rows import parsed, row_breakpoint, toggled
from pydantic_ai_debug.model.moments import Moment
from pydantic_ai_debug.model.selectors import RowKey, node_at, tool_at
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.model.waiting import WaitingStop, stop_at_row, waiting_stop
from pydantic_ai_debug.protocol import commands as protocol
from pydantic_ai_debug.protocol.breakpoints import Breakpoint


class Situation(NamedTuple):
    """What decides which commands make sense now."""

    state: SessionState
    selected: RowKey
    live: bool
    """Whether a script stands behind the state; False for a recording."""
    running: bool
    """Whether that script still runs."""
    following: bool
    """Whether the selection follows the newest row."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """Those that were asked for last, which the child may not have confirmed yet."""
    hidden_hints: frozenset[str] = frozenset()
    """Kinds of hints that the user does not want to see."""
    moment: Moment | None = None
    """Where in a recording the state is from; None at its end, and in a live session."""
    playing: bool = False
    """Whether the recording is played on from there."""
    read: float | None = None
    """How much of the recording was read, from 0 to 1; None once it is read."""

    @property
    def past(self) -> bool:
        """Whether more has happened than what is shown."""
        return self.moment is not None or self.read is not None


def step_blocked(situation: Situation) -> str | None:
    if not situation.running:
        return 'The script has ended: R restarts it'
    if situation.state.offered is not None:
        return 'No run is left to step: a starts one'
    if waiting_stop(situation.state, situation.selected) is None:
        return 'Nothing waits at the moment: p pauses what runs'
    return None


def pause_blocked(situation: Situation) -> str | None:
    if not situation.running:
        return 'The script has ended: R restarts it'
    runs = situation.state.runs.values()
    if situation.state.offered is not None or (runs and all(run.status != 'running' for run in runs)):
        return 'Nothing runs that could be paused'
    return None


def run_to_blocked(situation: Situation) -> str | None:
    """What is selected must be still to come; the child stops before it."""
    if (reason := step_blocked(situation)) is not None:
        return reason
    state, key = situation.state, situation.selected
    run = state.runs.get(key.run) if key.run is not None else None
    node = node_at(run, key.node) if run is not None and key.node is not None else None
    if node is None:
        return 'Select a node or a tool call that is still to come, to run to it'
    stop = stop_at_row(state, key)
    if stop is not None:
        return 'It has begun already' if stop.stop.after or stop.stop.at == 'stream' else 'It waits there already'
    row = tool_at(node, key.call) if key.call is not None else node
    status = row.status if row is not None else 'waiting'
    if status == 'running':
        return 'It runs already: select what is still to come'
    if status != 'waiting':
        return 'It has run already: select what is still to come'
    return None


def toggle_blocked(situation: Situation) -> str | None:
    if situation.selected.run is None:
        return 'Select a run, a node or a tool call to break at'
    if toggled(situation.breakpoints, situation.state, situation.selected) == situation.breakpoints:
        return 'Its name cannot be written as a breakpoint: B adds others'
    return None


def target(situation: Situation) -> WaitingStop:
    """The stop that a command is for which is not blocked."""
    place = waiting_stop(situation.state, situation.selected)
    assert place is not None, 'a blocked command is not sent'
    return place


def step_over(situation: Situation) -> protocol.Command:
    run, stop = target(situation)
    return protocol.StepOver(run.id, stop.call)


def step_into(situation: Situation) -> protocol.Command:
    run, stop = target(situation)
    return protocol.StepInto(run.id, stop.call)


def step_out(situation: Situation) -> protocol.Command:
    run, stop = target(situation)
    return protocol.StepOut(run.id, stop.call)


def go_on(_: Situation) -> protocol.Command:
    return protocol.Continue()


def pause(_: Situation) -> protocol.Command:
    return protocol.Pause(None)


def pause_said(_: Situation) -> str:
    return 'Pausing at the next stop'


def run_to(situation: Situation) -> protocol.Command:
    key = situation.selected
    assert key.run is not None, 'a blocked command is not sent'
    assert key.node is not None, 'a blocked command is not sent'
    return protocol.RunTo(key.run, key.node, key.call)


def toggle_breakpoint(situation: Situation) -> protocol.Command:
    return protocol.SetBreakpoints(toggled(situation.breakpoints, situation.state, situation.selected))


def toggle_said(situation: Situation) -> str:
    """What toggling does, said before it is done."""
    left = toggled(situation.breakpoints, situation.state, situation.selected)
    if len(left) > len(situation.breakpoints):
        return f'Breakpoint {row_breakpoint(situation.state, situation.selected)}'
    removed = [entry.spec for entry in situation.breakpoints if entry not in left]
    kept = [entry for entry in left if (spec := parsed(entry.spec)) is not None and spec.subject == '*']
    also = '; tool:* is left, see B' if kept and situation.selected.call is not None else ''
    return f'Removed breakpoint {", ".join(removed)}{also}'


def serialize_tools(situation: Situation) -> protocol.Command:
    return protocol.SerializeTools(not situation.state.tools_serialized)


def running_blocked(situation: Situation) -> str | None:
    return None if situation.running else 'The script has ended: R restarts it'
