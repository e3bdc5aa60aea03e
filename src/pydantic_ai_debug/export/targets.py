"""What was debugged, as code that runs it again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic_ai_debug.model.state import RunState

from .transcript import Transcript

_DEMO = Path(__file__).resolve().parent.parent / 'demo' / 'demo.py'


@dataclass(frozen=True)
class Target:
    """A script, a module, or agents in one of them."""

    script: Path | None
    module: str
    """Where `script` is None."""
    agents: tuple[tuple[str, RunState], ...]
    """Agents that were started by hand, by their names in the namespace, each with its run; empty for a program."""
    folder: Path
    """The working directory."""


def target_of(transcript: Transcript) -> Target:
    """Find out what was debugged, from how it was named on the command line."""
    named, folder = transcript.hello.target, Path(transcript.hello.cwd or '.')
    if named == '--demo' or Path(named).parts[-3:] == _DEMO.parts[-3:]:
        return Target(_DEMO, '', (), _DEMO.parent)
    place, attribute = named, ''
    if not (folder / named).exists():
        before, colon, after = named.rpartition(':')
        if colon and after.replace('.', '').isidentifier():
            place, attribute = before, after
    is_script = place.endswith('.py') or os.sep in place or (folder / place).is_file()
    if attribute:
        agents = tuple((attribute, run) for run in transcript.roots)
    else:
        variables = {agent.name: agent.variable for agent in transcript.offered}
        agents = tuple((variables[run.agent], run) for run in transcript.roots if run.agent in variables)
    return Target(folder / place if is_script else None, '' if is_script else place, agents, folder)


def path_expression(path: Path, from_folder: Path | None) -> str:
    """A path as Python: relative to the folder of the file that holds it, where that is known.

    What is ours is named by our package, which may be installed elsewhere.
    """
    if path.is_relative_to(_DEMO.parent):
        inside = '' if path == _DEMO.parent else f' / {path.relative_to(_DEMO.parent).as_posix()!r}'
        return f"Path(pydantic_ai_debug.__file__).parent / 'demo'{inside}"
    if from_folder is None:
        return f'Path({str(path)!r})'
    relative = Path(os.path.relpath(path, from_folder))
    if relative == Path():
        return 'Path(__file__).resolve().parent'
    ups = sum(part == '..' for part in relative.parts)
    below = Path(*relative.parts[ups:])
    base = f'Path(__file__).resolve().parents[{ups}]' if ups else 'Path(__file__).resolve().parent'
    return base if below == Path() else f'{base} / {below.as_posix()!r}'
