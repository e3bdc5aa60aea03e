"""What is said of a recording that is kept, a few words a column. Knows no widget, and needs none to be imported."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pydantic_ai_debug.model.numbers import UNKNOWN, size
from pydantic_ai_debug.model.selectors import exit_phrase
from pydantic_ai_debug.recording.catalogue import KeptRecording


class Columns(NamedTuple):
    """One line of the list; what scripts and agents are called is not made safe to draw."""

    when: str
    script: str
    agent: str
    ended: str
    size: str


HEADS = Columns('when', 'script', 'agent', 'ended', 'size')


def columns(recording: KeptRecording) -> Columns:
    return Columns(
        f'{recording.started:%Y-%m-%d %H:%M}',
        ' '.join([_script(recording), *recording.argv]),
        UNKNOWN if recording.agent is None else recording.agent or 'agent',
        ended(recording),
        size(recording.size),
    )


def _script(recording: KeptRecording) -> str:
    target = recording.target
    if not target:
        return recording.path.stem
    return Path(target).name or target


def ended(recording: KeptRecording) -> str:
    """How the session ended."""
    if recording.problem:
        return recording.problem
    if recording.exit_code is None:
        return 'not ended'
    if recording.exit_code == 0:
        return 'finished'
    error = recording.error.rpartition('.')[2]
    return ', '.join(part for part in (error, exit_phrase(recording.exit_code).removeprefix('with ')) if part)
