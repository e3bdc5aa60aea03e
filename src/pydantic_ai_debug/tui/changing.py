"""Whether something can be changed by hand at a stop, and the commands for it: edit, answer, run again, leave a recording.

Pure: knows the state and what is selected, no widget.
"""

from __future__ import annotations

from pydantic_ai_debug.model.selectors import changes_of, node_at
from pydantic_ai_debug.model.waiting import waiting_stop
from pydantic_ai_debug.protocol import commands as protocol

from .stepping import Situation, step_blocked, target


def edit_blocked(situation: Situation) -> str | None:
    return _blocked(situation, 'edits', 'Nothing can be edited at this stop')


def answer_blocked(situation: Situation) -> str | None:
    return _blocked(situation, 'answers', 'Tool calls and model requests can be answered: this stop is before neither')


def retry_blocked(situation: Situation) -> str | None:
    return _blocked(situation, 'retries', 'Only what has failed can be run once more')


def _blocked(situation: Situation, ability: str, reason: str) -> str | None:
    waiting = waiting_stop(situation.state, situation.selected)
    if waiting is not None and situation.running and not getattr(waiting.stop, ability):
        return reason
    return step_blocked(situation)


def changes_blocked(situation: Situation) -> str | None:
    return None if changes_of(situation.state, situation.selected) else 'Nothing was edited or answered by hand here'


def replay_blocked(situation: Situation) -> str | None:
    return None if situation.running and situation.state.replays else 'No recording is replayed'


def recorded_blocked(situation: Situation) -> str | None:
    waiting = waiting_stop(situation.state, situation.selected)
    if waiting is None or waiting.stop.at != 'divergence':
        return 'Only a request that differs from the recorded one is answered by what was recorded'
    return replay_blocked(situation)


def divergence_of(situation: Situation) -> int | None:
    """Place of the divergence that is meant: that of the selected node, else that of what waits."""
    state, selected = situation.state, situation.selected
    waiting = waiting_stop(state, selected)
    run = state.runs.get(selected.run) if selected.run is not None else None
    nodes = [node_at(run, selected.node) if run is not None and selected.node is not None else None]
    if waiting is not None and waiting.stop.at == 'divergence':
        nodes.append(node_at(waiting.run, waiting.stop.node))
    return next((node.diverged for node in nodes if node is not None and node.diverged is not None), None)


def divergence_blocked(situation: Situation) -> str | None:
    return None if divergence_of(situation) is not None else 'Here no request differs from a recorded one'


def use_recorded(situation: Situation) -> protocol.Command:
    return protocol.UseRecorded(target(situation).run.id)


def go_live(situation: Situation) -> protocol.Command:
    waiting = waiting_stop(situation.state, situation.selected)
    return protocol.GoLive(waiting.run.id if waiting is not None else '')


def go_live_said(_: Situation) -> str:
    return 'Models are asked from here on'


def draft(situation: Situation) -> protocol.Command:
    run, stop = target(situation)
    return protocol.Draft(run.id, stop.call)


def retry(situation: Situation) -> protocol.Command:
    run, stop = target(situation)
    return protocol.Retry(run.id, stop.call)
