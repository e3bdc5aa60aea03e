"""Wrong use, in one line for the user."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_ai_debug.recording import EventLog

PROGRAM = 'agent-debug'

WRONG_USE = 2
"""Exit code for a command line that makes no sense, or a target that can't be run."""


class UsageError(Exception):
    """The command line can't be carried out; its text says what to do."""


def complain(message: str) -> None:
    """Write a message of ours to stderr: a line in our name, or several, which are Python's own words, as they are."""
    text = message.rstrip('\n')
    line = text if '\n' in text else f'{PROGRAM}: {text}'
    # A file's name or a script's text may hold what would move the terminal's cursor.
    printable = re.sub('[\x00-\x08\x0b-\x1f\x7f-\x9f]', '�', line)
    encoding = sys.stderr.encoding or 'ascii'
    sys.stderr.write(printable.encode(encoding, 'backslashreplace').decode(encoding) + '\n')


def complain_of_damage(path: Path, log: EventLog) -> None:
    """Say what a recording lacks, once all of it was read."""
    if log.spoilt:
        first, count = min(log.spoilt) + 1, len(log.spoilt)
        lines = f'line {first} is damaged' if count == 1 else f'{count:,} lines are damaged, the first is line {first}'
        complain(f'{path}: {lines}; the rest is here')
    if log.damage is not None:
        complain(f'{path}: {log.damage}')
