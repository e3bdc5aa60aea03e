"""`--export`: a recording to a file or to standard output, as something that others can use."""

from __future__ import annotations

from pathlib import Path

from pydantic_ai_debug.export import ExportError, FormatName, exported, write_pieces
from pydantic_ai_debug.recording import EventLog, RecordingError

from .errors import UsageError, complain_of_damage
from .printing import print_pieces


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
        if output is None or to_stdout:
            code = print_pieces(pieces, 'the export')
        else:
            write_pieces(pieces, output, replace=True)
            code = 0
    except (RecordingError, ExportError) as error:
        raise UsageError(str(error)) from error
    complain_of_damage(path, log)
    return code
