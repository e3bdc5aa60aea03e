"""Recordings of formats from before, brought up to the newest one: a chain of small steps.

A change that a reader of the format before would misread raises `protocol.events.FORMAT` and adds one step here, which
makes a record of the format before one of the format after. A recording of ten formats ago goes through ten steps, so
none of them ever has to be touched again. One recording of each format is kept in the tests.

Steps work on decoded lines, before anything is known of their events: they must take whatever such a line may hold.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from pydantic_ai_debug.protocol.events import FORMAT, Json

from .errors import NewerFormatError, NotARecordingError

Line: TypeAlias = 'dict[str, Json]'
"""A decoded line, with `event`, `seq` and `time`."""
Step: TypeAlias = Callable[[Line], Line]

STEPS: dict[int, Step] = {}
"""By the format that it leads away from, to the next. The first format was 1, and it is still the newest."""
OLDEST = 1


def check_format(path: Path, written: int) -> None:
    """Refuse a format that cannot be read.

    Raises:
        NewerFormatError: where a newer version wrote it.
        NotARecordingError: where no version ever did.
    """
    if written > FORMAT:
        raise NewerFormatError(
            f'{path} was recorded by a newer agent-debug (format {written}; this one reads up to {FORMAT}): '
            'upgrade pydantic-ai-debug'
        )
    if written < OLDEST:
        raise NotARecordingError(f'{path} is not a recording of agent-debug: there is no format {written}')


def upgrade_from(written: int) -> Step | None:
    """What makes a line of a format one of the newest; None where nothing has to be done."""
    steps = [STEPS[version] for version in range(written, FORMAT)]
    if not steps:
        return None

    def upgrade(line: Line) -> Line:
        for step in steps:
            line = step(line)
        return line

    return upgrade
