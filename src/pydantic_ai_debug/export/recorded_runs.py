"""What a pytest file holds of a run: the responses to play, and what must come of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from pydantic_ai_debug.model.details import json_list, json_object
from pydantic_ai_debug.model.state import NodeState, RunState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .transcript import Transcript

_FIELDS_OF_A_RESPONSE = ('kind', 'parts', 'usage', 'finish_reason')
_FIELDS_LEFT_OUT = frozenset({'timestamp', 'provider_details', 'provider_url'})
_OUTCOMES = {'success': 'returned', 'retried': 'retry'}


def recorded_run(transcript: Transcript, run: RunState) -> Mapping[str, Json]:
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


def key_names(transcript: Transcript) -> list[str]:
    """Variables that hold keys of the providers that answered."""
    providers: set[str] = set()
    for run in transcript.runs():
        for node in transcript.nodes(run):
            provider = json_object(transcript.response(run, node)).get('provider_name')
            if isinstance(provider, str) and provider not in ('', 'function', 'test'):
                providers.add(provider.partition('-')[0].partition('_')[0])
    return sorted(f'{provider.upper()}_API_KEY' for provider in providers)
