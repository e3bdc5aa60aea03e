"""Whether something can be changed by hand at a stop, and the commands for it: edit, answer, run again.

Pure: knows the state and what is selected, no widget.
"""

from __future__ import annotations

from pydantic_ai_debug.model.selectors import changes_of
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


def draft(situation: Situation) -> protocol.Command:
    run, stop = target(situation)
    return protocol.Draft(run.id, stop.call)


def retry(situation: Situation) -> protocol.Command:
    run, stop = target(situation)
    return protocol.Retry(run.id, stop.call)
