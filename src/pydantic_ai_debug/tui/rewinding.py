"""Where the keys that go back lead to, and whether they can: the conditions of `u`, `N` and `C`.

Pure: knows the state and what is selected, no widget.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic_ai_debug.model.branches import predecessor
from pydantic_ai_debug.model.selectors import earlier_nodes, node_at
from pydantic_ai_debug.model.state import RunState, SessionState
from pydantic_ai_debug.model.undone import branch_nodes
from pydantic_ai_debug.model.waiting import waiting_stop

from .stepping import Situation, running_blocked, step_blocked


class Destination(NamedTuple):
    """A node that a run is to go back before."""

    run: RunState
    node: int


def selected_node(situation: Situation) -> Destination | str:
    """The selected node, or the one of the selected call; of a branch the place where it was left. Else why not."""
    if (reason := running_blocked(situation)) is not None:
        return reason
    key = situation.selected
    run = situation.state.runs.get(key.run) if key.run is not None else None
    index = key.node
    if run is not None and key.branch is not None:
        index = branch_nodes(run, key.branch)[-1].index
    node = node_at(run, index) if run is not None and index is not None else None
    if run is None or node is None:
        return 'Select a node, to go back to what the run was before it'
    if run.ended is not None:
        return 'This run has ended, and the script has its result: R starts the script again'
    if not _waits(situation.state, run):
        return 'The run does not wait: p pauses it'
    if node.status == 'waiting' and node.index not in run.undone:
        return 'It is still to come: t runs to it'
    if any(stop.at == 'boundary' and stop.node == node.index for stop in run.stops):
        return 'It waits there already: select an earlier node'
    return Destination(run, node.index)


def previous_boundary(situation: Situation) -> Destination | str:
    """The boundary before where the run waits; inside of a node, its own."""
    waiting = waiting_stop(situation.state, situation.selected)
    if (reason := step_blocked(situation)) is not None or waiting is None:
        return reason or ''
    run, stop = waiting
    index = predecessor(run.branches, stop.node) if stop.at == 'boundary' else stop.node
    if index is None or (index == 0 and stop.node == 0):
        return 'It is at its first node: there is nothing before it'
    return Destination(run, index)


def previous_breakpoint(situation: Situation) -> Destination | str:
    """The nearest node before where the run waits at which a breakpoint was hit."""
    waiting = waiting_stop(situation.state, situation.selected)
    if (reason := step_blocked(situation)) is not None or waiting is None:
        return reason or ''
    run, stop = waiting
    # What the run waits at is not a breakpoint before it.
    here = node_at(run, stop.node) if stop.at != 'boundary' and stop.spec is None else None
    for node in (*((here,) if here is not None else ()), *earlier_nodes(run, stop.node)):
        if node.broke:
            return Destination(run, node.index)
    return 'No breakpoint was hit before: N goes back one node'


def _waits(state: SessionState, run: RunState) -> bool:
    """Whether a run waits, or one that it holds up."""
    return bool(run.stops) or any(_waits(state, state.runs[child]) for child in run.children)


def selected_blocked(situation: Situation) -> str | None:
    return _reason(selected_node(situation))


def boundary_blocked(situation: Situation) -> str | None:
    return _reason(previous_boundary(situation))


def breakpoint_blocked(situation: Situation) -> str | None:
    return _reason(previous_breakpoint(situation))


def compare_blocked(situation: Situation) -> str | None:
    run = situation.state.runs.get(situation.selected.run) if situation.selected.run is not None else None
    return None if run is not None and run.undone else 'Only a run that went back has branches to compare: u goes back'


def _reason(destination: Destination | str) -> str | None:
    return destination if isinstance(destination, str) else None
