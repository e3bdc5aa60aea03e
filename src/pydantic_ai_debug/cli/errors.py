"""Wrong use, in one line for the user."""

from __future__ import annotations

import re
import sys

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
