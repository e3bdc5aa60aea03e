"""A session as a pytest file: agents run again on the recorded responses, and must do and say what they did.

What stays the same in every such file is `templates/recorded_run.py`, a module of its own that is linted as one; the
places that are filled in are whole lines of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from pprint import pformat

from pydantic_ai_debug.model.state import RunState
from pydantic_ai_debug.protocol import events as ev

from .errors import ExportError
from .recorded_runs import key_names, recorded_run
from .targets import Target, path_expression, target_of
from .transcript import Transcript

_WIDTH = 118
_DEPS = '''DEPS: Any = None
"""What `--deps` gave is not in a recording: put here what the tools need."""
'''


def pytest_file(transcript: Transcript, folder: Path | None) -> Iterator[str]:
    """The text of a pytest file.

    Args:
        transcript: The session.
        folder: Where the file is going to be, if that is known: paths in it are then relative to it.

    Raises:
        ExportError: where there is no run, or one has no end.
    """
    runs = transcript.runs()
    if not runs:
        raise ExportError('there is no agent run to make a test of')
    for run in runs:
        if transcript.end(run) is None:
            raise ExportError(f'{run.agent or "run"} ({run.id}) has not come to its end: a test needs one that has')
    target = target_of(transcript)
    # Runs that were started by hand end nothing: what they fail with is theirs alone.
    error = None if target.agents else transcript.script_error()
    has_deps = any(_has_deps(transcript, run) for _, run in target.agents)
    text = (files(__package__ or '') / 'templates' / 'recorded_run.py').read_text(encoding='utf-8')
    for line, filled in {
        '"""SUMMARY\n': f'"""{_summary(transcript)}\n',
        'SCRIPT = Path()\n': f'SCRIPT = {path_expression(_script(target), folder)}\n',
        'ARGUMENTS: list[str] = []\n': f'ARGUMENTS: list[str] = {list(transcript.hello.argv)!r}\n',
        'WORKING_DIRECTORY = Path()\n': f'WORKING_DIRECTORY = {path_expression(target.folder, folder)}\n',
        'PLACEHOLDER_KEYS: list[str] = []\n': f'PLACEHOLDER_KEYS: list[str] = {key_names(transcript)!r}\n',
        "    runpy.run_path(str(SCRIPT), run_name='__main__')\n": _running(target, has_deps=has_deps),
        'SCRIPT_ERROR: str | None = None\n': f'SCRIPT_ERROR: str | None = {error.type if error else None!r}\n',
    }.items():
        assert text.count(line) == 1, line
        text = text.replace(line, filled)
    if has_deps:
        text = text.replace('\n\ndef run_target', f'{_DEPS}\n\ndef run_target')
    if 'Path(pydantic_ai_debug.' in text:
        text = text.replace('\nimport pytest\n', '\nimport pydantic_ai_debug\nimport pytest\n')
    head, empty, _ = text.rpartition('[]\n')
    assert empty, 'the list of runs ends the template'
    yield f'{head}[\n'
    for run in runs:
        yield f'    {_indented(pformat(recorded_run(transcript, run), width=_WIDTH, sort_dicts=False))},\n'
    yield ']\n'


def _summary(transcript: Transcript) -> str:
    hello = transcript.hello
    name = Path(hello.target).name if hello.target != '--demo' else 'The demo'
    versions = f'pydantic-ai {hello.pydantic_ai}' if hello.pydantic_ai else ''
    when = hello.started_at[:10]
    said = ', '.join(part for part in (when, versions) if part)
    return f'{name} as it was recorded{f" ({said})" if said else ""}.'.replace('\\', '/').replace('"""', "'''")


def _script(target: Target) -> Path:
    return target.script if target.script is not None else target.folder / '__main__.py'


def _running(target: Target, *, has_deps: bool) -> str:
    """The body of `run_target`."""
    if not target.agents:
        if target.script is not None:
            return "    runpy.run_path(str(SCRIPT), run_name='__main__')\n"
        return f"    runpy.run_module({target.module!r}, run_name='__main__', alter_sys=True)\n"
    namespace = 'runpy.run_path(str(SCRIPT))' if target.script is not None else f'runpy.run_module({target.module!r})'
    lines = [f'    namespace = {namespace}\n']
    for attribute, run in target.agents:
        name, *inner = attribute.split('.')
        agent = '.'.join([f'namespace[{name!r}]', *inner])
        deps = ', deps=DEPS' if has_deps else ''
        lines.append(f'    with suppress(Exception):\n        {agent}.run_sync({run.prompt!r}{deps})\n')
    return ''.join(lines)


def _has_deps(transcript: Transcript, run: RunState) -> bool:
    states = map(transcript.event, run.states)
    return any(isinstance(e, ev.State) and e.deps is not None and e.deps.kind != 'none' for e in states)


def _indented(text: str) -> str:
    return text.replace('\n', '\n    ')
