"""`agent-debug --recordings`: the recordings that are kept, as a screen or, where there is no terminal, as a table."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from .parser import Options


def list_recordings(options: Options) -> int:
    """Show the list; the exit status."""
    from pydantic_ai_debug.recording import recordings_directory
    from pydantic_ai_debug.tui.probe import terminal_problem

    directory = recordings_directory()
    if not options.headless and terminal_problem() is None and sys.stdout.isatty():
        from pydantic_ai_debug.tui import run_recordings

        return run_recordings(directory)
    try:
        _print_table(directory)
    except BrokenPipeError:
        from pydantic_ai_debug.session.headless import die_quietly_of_broken_pipe

        return die_quietly_of_broken_pipe()
    return 0


def _print_table(directory: Path) -> None:
    """One line a recording, the newest first, its path at the end; nothing where there are none."""
    from pydantic_ai_debug.recording.catalogue import kept_recordings
    from pydantic_ai_debug.tui.present.kept_columns import HEADS, columns

    recordings = kept_recordings(directory)
    if not recordings:
        return
    lines = [(*HEADS, 'file'), *((*columns(recording), str(recording.path)) for recording in recordings)]
    rows = [[_printable(word) for word in line] for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    text = ''.join(f'{_aligned(row, widths)}\n' for row in rows)
    encoding = sys.stdout.encoding or 'ascii'
    sys.stdout.write(text.encode(encoding, 'backslashreplace').decode(encoding))
    sys.stdout.flush()


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return '  '.join([*(word.ljust(width) for word, width in zip(row, widths, strict=False)), row[-1]])


def _printable(text: str) -> str:
    """Text on one line that cannot move a terminal's cursor."""
    return re.sub('[\x00-\x1f\x7f-\x9f\u2028\u2029]', '�', text)
