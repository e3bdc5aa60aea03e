"""Whether there is a terminal to draw on. Imports nothing, so that it can be asked before anything starts."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def terminal_problem() -> str | None:
    """Say in one line why the screen cannot be shown here, or return None where it can.

    Textual reads keys from stdin and draws on stderr; stdout may go anywhere.
    """
    for name, stream in (('stdin', sys.__stdin__), ('stderr', sys.__stderr__)):
        if not _is_terminal(stream):
            return f'the screen needs a terminal, and {name} is none; use --headless to get the events as JSON lines'
    if os.environ.get('TERM') == 'dumb':
        return 'the screen needs a terminal that can do more than TERM=dumb; use --headless to get the events as JSON lines'
    return None


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
