"""A text in the user's own editor.

The file is in a folder that only the user can read, and both are gone afterwards, with whatever the editor left beside
it: what is edited may hold what nobody else may read.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

NO_EDITOR = 'no editor is set: export EDITOR, such as EDITOR=vim'


class EditorFailed(Exception):  # noqa: N818  past tense, as everywhere
    """The text could not be edited; says why, in words for the user."""


def editor_command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The user's editor, with its arguments; `EditorFailed` where none is set."""
    chosen = environ.get('VISUAL') or environ.get('EDITOR') or ''
    try:
        command = shlex.split(chosen)
    except ValueError as error:
        raise EditorFailed(f'the editor cannot be read from {chosen!r}: {error}') from None
    if not command:
        raise EditorFailed(NO_EDITOR)
    return command


def edited_text(command: list[str], text: str, suffix: str) -> str:
    """Let an editor change a text, on a terminal that is lent to it; `EditorFailed` where it could not."""
    folder = Path(tempfile.mkdtemp(prefix='agent-debug-'))
    path = folder / f'edit{suffix}'
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as file:
            file.write(text.encode('utf-8', 'surrogatepass'))
        with _interrupts_are_the_editors():
            done = subprocess.run([*command, str(path)], stdout=_terminal(), check=False)
        if done.returncode != 0:
            raise EditorFailed(f'{command[0]} ended with exit code {done.returncode}: nothing is changed')
        edited = path.read_bytes().decode('utf-8', 'surrogatepass')
    except (OSError, UnicodeDecodeError) as error:
        raise EditorFailed(f'{command[0]}: {error}') from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # Editors end the last line, also one that had no end.
    return edited[:-1] if edited.endswith('\n') and not text.endswith('\n') else edited


def _terminal() -> int | None:
    """Where the editor draws: the screen is on stderr, and stdout may lead elsewhere."""
    out, screen = sys.__stdout__, sys.__stderr__
    if out is None or screen is None or out.isatty() or not screen.isatty():
        return None
    return screen.fileno()


@contextmanager
def _interrupts_are_the_editors() -> Generator[None]:
    """`ctrl+c` in an editor is none for us. A handler, since a signal that is ignored would be for the editor too."""
    before = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore(number: int, frame: FrameType | None) -> None: ...
