"""What a session can be exported as, and the file names that go with it. One row a format: the command line and the
palette are made from it.

Loads the formats themselves when they are wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from typing_extensions import assert_never

from .errors import ExportError

if TYPE_CHECKING:
    from pydantic_ai_debug.recording import EventLog

    from .transcript import Transcript

FormatName: TypeAlias = Literal['markdown', 'html', 'json', 'pytest', 'mermaid']


class ExportFormat(NamedTuple):
    """A row of the table."""

    name: FormatName
    label: str
    """What it is called in the palette, after `Export as`."""
    help: str
    suffix: str
    prefix: str = ''


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat('markdown', 'Markdown', 'What the runs did, to read and to paste', '.md'),
    ExportFormat('html', 'HTML', 'A page like this screen, in one file that any browser opens', '.html'),
    ExportFormat('json', 'JSON messages', 'The messages of the last run, for ModelMessagesTypeAdapter', '.json'),
    ExportFormat('pytest', 'pytest file', 'A test that plays the recorded responses to the agents', '.py', 'test_'),
    ExportFormat('mermaid', 'Mermaid diagram', 'A diagram of runs, models and tools', '.mmd'),
)


def exported(log: EventLog, name: FormatName, *, run: str | None = None, folder: Path | None = None) -> Iterator[str]:
    """The text of an export, in pieces.

    Args:
        log: What is exported, as far as it has come.
        name: The format.
        run: The one run that is wanted, with those inside it; None for all.
        folder: Where the file is going to be, if that is known.

    Raises:
        ExportError: where nothing can be made of the log.
    """
    from .transcript import Transcript

    pieces = _pieces(Transcript(log, run), name, folder)
    # What cannot be made is known before anything is written.
    first = next(pieces, '')
    return chain((first,), pieces)


def _pieces(transcript: Transcript, name: FormatName, folder: Path | None) -> Iterator[str]:
    match name:
        case 'markdown':
            from .markdown import markdown

            return markdown(transcript)
        case 'html':
            from .html.page import html_page

            return html_page(transcript)
        case 'json':
            from .json_messages import json_messages

            return json_messages(transcript)
        case 'pytest':
            from .pytest_file import pytest_file

            return pytest_file(transcript, folder)
        case 'mermaid':
            from .mermaid import mermaid

            return mermaid(transcript)
        case _:
            assert_never(name)


def file_name(row: ExportFormat, named_after: str) -> str:
    """The name of a file for an export of a script or a recording."""
    stem = Path(named_after.lstrip('-')).stem or 'session'
    if row.prefix:  # pytest imports its files by their names
        stem = re.sub(r'\W+', '_', stem).strip('_') or 'session'
    return f'{row.prefix}{stem}{row.suffix}'


def write_pieces(pieces: Iterable[str], path: Path, *, replace: bool) -> None:
    """Write an export to a file, which may take the place of one that is there.

    Raises:
        ExportError: where it cannot be written.
    """
    try:
        with path.open('w' if replace else 'x', encoding='utf-8', errors='replace', newline='\n') as file:
            file.writelines(pieces)
    except OSError as error:
        raise ExportError(f'cannot write {path}: {error.strerror}') from error


def free_path(folder: Path, name: str) -> Path:
    """A path of that name where no file is yet: `trip.md`, else `trip-2.md` and so on."""
    path = folder / name
    number = 1
    while path.exists():
        number += 1
        path = folder / f'{Path(name).stem}{"_" if path.suffix == ".py" else "-"}{number}{path.suffix}'
    return path
