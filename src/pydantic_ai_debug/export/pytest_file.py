"""A session as a pytest file: agents run again on the recorded responses, and must do and say what they did.

What stays the same in every such file is `templates/recorded_run.py`, a module of its own that is linted as one; the
places that are filled in are whole lines of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from pprint import pformat

from pydantic_ai_debug.model.details import json_list, json_object
from pydantic_ai_debug.model.state import NodeState, RunState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .errors import ExportError
from .targets import Target, path_expression, target_of
from .transcript import Transcript

_WIDTH = 118
_FIELDS_OF_A_RESPONSE = ('kind', 'parts', 'usage', 'finish_reason')
_FIELDS_LEFT_OUT = frozenset({'timestamp', 'provider_details', 'provider_url'})
_OUTCOMES = {'success': 'returned', 'retried': 'retry'}
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
        'PLACEHOLDER_KEYS: list[str] = []\n': f'PLACEHOLDER_KEYS: list[str] = {_key_names(transcript)!r}\n',
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
        yield f'    {_indented(pformat(_recorded(transcript, run), width=_WIDTH, sort_dicts=False))},\n'
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


def _recorded(transcript: Transcript, run: RunState) -> Mapping[str, Json]:
    """A run as `RecordedRun` of the template takes it."""
    end = transcript.end(run)
    failed = end if isinstance(end, ev.RunFailed) else None
    responses = list(_responses(transcript, run, failed))
    requests = [transcript.request(run, node) for node in transcript.nodes(run)]
    modes = [request.output_mode for request in requests if request is not None]
    return {
        'id': run.id,
        'agent': run.agent,
        'model': run.model,
        'prompt': run.prompt,
        'output_mode': modes[-1] if modes else '',
        'responses': responses,
        'calls': list(_calls(transcript, run, responses)),
        'by_hand': dict(_by_hand(transcript, run)),
        'error': failed.error.type if failed is not None and not failed.cancelled else None,
        'left': failed is not None and failed.cancelled,
        'output': end.output if isinstance(end, ev.RunFinished) else None,
    }


def _responses(transcript: Transcript, run: RunState, failed: ev.RunFailed | None) -> Iterator[dict[str, Json]]:
    """What the model gave to each request of a run, or that it raised."""
    for node in transcript.nodes(run):
        response = json_object(transcript.response(run, node))
        if response:
            yield _compact(response)
        elif _was_asked(transcript, run, node):
            yield {'raised': failed.error.type if failed is not None else 'Exception'}


def _was_asked(transcript: Transcript, run: RunState, node: NodeState) -> bool:
    request = transcript.request(run, node)
    return node.kind == 'ModelRequestNode' and request is not None and not isinstance(request, ev.RequestPlanned)


def _compact(response: Mapping[str, Json]) -> dict[str, Json]:
    """A response without what says nothing, or nothing to a test."""
    compact = {name: response[name] for name in _FIELDS_OF_A_RESPONSE if response.get(name) is not None}
    compact['parts'] = [_said(json_object(part)) for part in json_list(response.get('parts'))]
    usage = json_object(response.get('usage'))
    compact['usage'] = {name: count for name, count in usage.items() if count and name.endswith('_tokens')}
    return compact


def _said(part: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in part.items() if value is not None and name not in _FIELDS_LEFT_OUT}


def _calls(
    transcript: Transcript, run: RunState, responses: list[dict[str, Json]]
) -> Iterator[tuple[Json, Json, Json]]:
    """Each call of the model's: the tool, the arguments, and what came of it."""
    answers = _answers(transcript, run)
    for response in responses:
        for part in map(json_object, json_list(response.get('parts'))):
            if part.get('part_kind') == 'tool-call':
                answer = answers.get(str(part.get('tool_call_id')), 'unanswered')
                yield part.get('tool_name'), _arguments(part.get('args')), answer


def _answers(transcript: Transcript, run: RunState) -> dict[str, str]:
    """What came of calls, as the model was told."""
    answers: dict[str, str] = {}
    for place in run.messages:
        event = transcript.event(place)
        for message in map(json_object, json_list(event.added if isinstance(event, ev.Messages) else None)):
            for part in map(json_object, json_list(message.get('parts'))):
                outcome = str(part.get('outcome', 'success'))
                if part.get('part_kind') == 'retry-prompt':
                    answers[str(part.get('tool_call_id'))] = 'retry'
                elif part.get('part_kind') == 'tool-return':
                    answers[str(part.get('tool_call_id'))] = _OUTCOMES.get(outcome, outcome)
    return answers


def _arguments(args: Json) -> Json:
    if not isinstance(args, str):
        return args or {}
    try:
        return json.loads(args)
    except (ValueError, RecursionError):
        return args


def _by_hand(transcript: Transcript, run: RunState) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Calls that came to something else than their tools would bring: answered or changed by hand, or tried again."""
    for node in transcript.nodes(run):
        tried = [tool.call for tool in node.tools]
        for tool in node.tools:
            changed = tool.by_hand is not None or bool(tool.edits) or tried.count(tool.call) > 1
            if changed and tool.outcome in ('returned', 'retry'):
                yield tool.call, {'outcome': tool.outcome, 'result': transcript.result(tool)}


def _key_names(transcript: Transcript) -> list[str]:
    """Variables that hold keys of the providers that answered."""
    providers: set[str] = set()
    for run in transcript.runs():
        for node in transcript.nodes(run):
            provider = json_object(transcript.response(run, node)).get('provider_name')
            if isinstance(provider, str) and provider not in ('', 'function', 'test'):
                providers.add(provider.partition('-')[0].partition('_')[0])
    return sorted(f'{provider.upper()}_API_KEY' for provider in providers)
