"""Text for other programs, on stdout as UTF-8."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from .errors import UsageError


def print_pieces(pieces: Iterable[str], what: str) -> int:
    """Write pieces of `what`, such as `the export`; the exit code.

    Raises:
        UsageError: where it cannot be written.
    """
    try:
        for piece in pieces:
            sys.stdout.buffer.write(piece.encode('utf-8', 'replace'))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        from pydantic_ai_debug.session.headless import die_quietly_of_broken_pipe

        return die_quietly_of_broken_pipe()
    except OSError as error:
        raise UsageError(f'cannot write {what}: {error.strerror}') from error
    return 0
