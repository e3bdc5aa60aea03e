"""`--export`: a recording to a file or to standard output, as something that others can use."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from pydantic_ai_debug.export import ExportError, FormatName, exported
from pydantic_ai_debug.recording import EventLog, RecordingError

from .errors import UsageError, complain


def export_recording(path: Path, name: FormatName, output: Path | None, run: str | None) -> int:
    """Write a recording in another format; the exit code.

    Raises:
        UsageError: where it cannot be read, nothing can be made of it, or the file cannot be written.
    """
    to_stdout = output is None or str(output) == '-'
    folder = None if output is None or to_stdout else output.absolute().parent
    try:
        log = EventLog.open(path)
        pieces = exported(log, name, run=run, folder=folder)
        # What cannot be made must not cost the file that is there.
        first = next(iter_pieces := iter(pieces), '')
        if log.damage is not None:
            complain(f'{path}: {log.damage}')
        if output is None or to_stdout:
            return _to_stdout(first, iter_pieces)
        _to_file(output, first, iter_pieces)
    except (RecordingError, ExportError) as error:
        raise UsageError(str(error)) from error
    return 0


def _to_file(path: Path, first: str, rest: Iterable[str]) -> None:
    try:
        with path.open('w', encoding='utf-8', errors='replace', newline='\n') as file:
            file.write(first)
            file.writelines(rest)
    except OSError as error:
        raise UsageError(f'cannot write {path}: {error.strerror}') from error


def _to_stdout(first: str, rest: Iterable[str]) -> int:
    from pydantic_ai_debug.session.headless import die_quietly_of_broken_pipe

    try:
        for piece in (first, *rest):
            sys.stdout.buffer.write(piece.encode('utf-8', 'replace'))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        return die_quietly_of_broken_pipe()
    except OSError as error:
        raise UsageError(f'cannot write the export: {error.strerror}') from error
    return 0
