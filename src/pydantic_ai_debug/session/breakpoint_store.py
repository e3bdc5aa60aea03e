"""What is kept of a script between its sessions: its breakpoints, and which hints the user has seen enough of.

One small file for all scripts, in the user's state directory. Whatever is wrong with it, a session starts without it.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from pydantic_ai_debug.protocol.breakpoints import Breakpoint, SpecError, parse_spec

_MAX_SCRIPTS = 200
_MAX_BREAKPOINTS = 500
_MAX_BYTES = 4_000_000


def store_path() -> Path:
    from platformdirs import user_state_path

    return user_state_path('agent-debug', appauthor=False) / 'breakpoints.json'


class BreakpointStore:
    """The breakpoints of one script: those in force, for a restart, and in the file, for the next session."""

    def __init__(self, script: str = '', path: Path | None = None) -> None:
        """Look up what is kept of a script.

        Args:
            script: Names it: its absolute path, or the name of its module.
            path: The file; None keeps everything in memory alone.
        """
        self._script = script
        self._path = path
        kept = _read(path).get(script, {}) if path is not None else {}
        self.breakpoints: tuple[Breakpoint, ...] = _breakpoints(kept.get('breakpoints'))
        self.hidden_hints: frozenset[str] = _names(kept.get('hidden_hints'))
        self.tools_serialized = False
        """For a restart; a new session starts without."""

    def keep_breakpoints(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        """Remember the breakpoints from now on."""
        if breakpoints != self.breakpoints:
            self.breakpoints = breakpoints
            self._save()

    def keep_hidden_hints(self, names: Iterable[str]) -> None:
        """Remember which kinds of hints are turned off."""
        hidden = frozenset(names)
        if hidden != self.hidden_hints:
            self.hidden_hints = hidden
            self._save()

    def _save(self) -> None:
        """Replace the file by one with what is known now. That it can't be written costs the memory alone."""
        if self._path is None:
            return
        scripts = _read(self._path)
        scripts.pop(self._script, None)
        if self.breakpoints or self.hidden_hints:
            # The newest last: the oldest are forgotten first.
            scripts[self._script] = {
                'breakpoints': [{'spec': entry.spec, 'enabled': entry.enabled} for entry in self.breakpoints],
                'hidden_hints': sorted(self.hidden_hints),
            }
        kept = dict(list(scripts.items())[-_MAX_SCRIPTS:])
        with contextlib.suppress(OSError, ValueError):
            _replace(self._path, json.dumps({'format': 1, 'scripts': kept}, indent=1))


def _replace(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(prefix=f'{path.name}.', dir=path.parent)
    try:
        with os.fdopen(fd, 'w', encoding='utf-8') as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        # Also where the user interrupts: nothing half-written stays.
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _read(path: Path) -> dict[str, dict[str, object]]:
    """What is kept, by script; nothing where the file is missing, damaged or of another shape."""
    try:
        with path.open('rb') as file:
            loaded = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    scripts = cast('dict[str, object]', loaded).get('scripts') if isinstance(loaded, dict) else None
    if not isinstance(scripts, dict):
        return {}
    known = cast('dict[str, object]', scripts)
    return {name: cast('dict[str, object]', kept) for name, kept in known.items() if isinstance(kept, dict)}


def _breakpoints(kept: object) -> tuple[Breakpoint, ...]:
    found: list[Breakpoint] = []
    for entry in cast('list[object]', kept)[:_MAX_BREAKPOINTS] if isinstance(kept, list) else ():
        fields = cast('dict[str, object]', entry) if isinstance(entry, dict) else {}
        spec = fields.get('spec')
        if isinstance(spec, str) and _is_sound(spec):
            found.append(Breakpoint(spec, fields.get('enabled') is not False))
    return tuple(found)


def _is_sound(spec: str) -> bool:
    try:
        parse_spec(spec)
    except SpecError:
        return False
    return True


def _names(kept: object) -> frozenset[str]:
    items = cast('list[object]', kept) if isinstance(kept, list) else []
    return frozenset(item for item in items if isinstance(item, str))
