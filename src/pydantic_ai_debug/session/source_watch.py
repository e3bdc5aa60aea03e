"""Notices that a Python file of the script's folder was changed, by looking once a second in a thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event, Thread

POLL_SECONDS = 1.0
MAX_FILES = 2000
"""Files beyond these are not looked at."""
MAX_DEPTH = 12
_SKIPPED = frozenset({'__pycache__', 'site-packages', 'node_modules', 'dist-packages'})
_VENV_MARK = 'pyvenv.cfg'

Signature = tuple[int, int]
"""When a file was changed, and its size."""


def python_files(folder: Path) -> Iterator[Path]:
    """The Python files below a folder, without hidden folders, environments and what is installed in them."""
    root = str(folder)
    for directory, folders, files in os.walk(root):
        depth = directory.count(os.sep) - root.count(os.sep)
        folders[:] = (
            sorted(
                name
                for name in folders
                if not name.startswith('.')
                and name not in _SKIPPED
                and not os.path.exists(os.path.join(directory, name, _VENV_MARK))
            )
            if depth < MAX_DEPTH
            else []
        )
        yield from (Path(directory, name) for name in sorted(files) if name.endswith('.py'))


def signatures(folder: Path) -> dict[Path, Signature]:
    """What tells whether a file was changed, of as many files as are looked at."""
    found: dict[Path, Signature] = {}
    for path in python_files(folder):
        if len(found) >= MAX_FILES:
            break
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_mtime_ns, status.st_size)
    return found


class Debounce:
    """Tells of a change once, as soon as nothing has changed from one look to the next. Pure."""

    def __init__(self, known: Mapping[Path, Signature]) -> None:
        self._known = known
        self._changed: Path | None = None

    def look(self, found: Mapping[Path, Signature]) -> Path | None:
        """A file that was changed or has come, now that all is calm; None where none was, or it goes on."""
        changed = next((path for path, signature in found.items() if self._known.get(path) != signature), None)
        self._known = found
        if changed is not None:
            self._changed = changed
            return None
        settled, self._changed = self._changed, None
        return settled


class SourceWatch:
    """Looks until it is stopped. The callback is called in the watching thread, once a burst of changes."""

    def __init__(self, folder: Path, on_change: Callable[[Path], None], poll_seconds: float = POLL_SECONDS) -> None:
        self._folder = folder
        self._on_change = on_change
        self._poll_seconds = poll_seconds
        self._stopped = Event()
        Thread(target=self._watch, name='agent-debug source watch', daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        debounce = Debounce(signatures(self._folder))
        while not self._stopped.wait(self._poll_seconds):
            changed = debounce.look(signatures(self._folder))
            if changed is not None and not self._stopped.is_set():
                self._on_change(changed)
