"""What is reported is written later, and says what it was when it was reported."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from pydantic_ai.messages import (
    BinaryContent,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.usage import RequestUsage, RunUsage

from pydantic_ai_debug.debuggee import contents
from pydantic_ai_debug.debuggee.captures import Capture, CaptureList, Unchanged, captured
from pydantic_ai_debug.debuggee.secrets import masked
from pydantic_ai_debug.debuggee.wire import masked_json, masked_json_text, message_text, messages_json, tools_text
from pydantic_ai_debug.protocol.codec import decode_record, dump_json, encode_event, numbered
from pydantic_ai_debug.protocol.events import Messages

from .conftest import SameAsPlain

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone.utc)


class Plain:
    """An object of the program's."""

    def __init__(self) -> None:
        self.name = 'first'


def response(args: object = '{"a": 1}') -> ModelResponse:
    return ModelResponse(
        [ThinkingPart('hm'), TextPart('so'), ToolCallPart('add', args, 'c1')],  # type: ignore[arg-type]
        usage=RequestUsage(input_tokens=50, output_tokens=8, details={'reasoning': 3}),
        model_name='m',
        timestamp=NOW,
    )


MESSAGES: dict[str, Callable[[], ModelMessage]] = {
    'response': response,
    'arguments': lambda: response({'a': [1, {'b': None}], 'c': (1.5, True)}),
    'prompt': lambda: ModelRequest([SystemPromptPart('Be brief.', timestamp=NOW), UserPromptPart('Hi', timestamp=NOW)]),
    'contents': lambda: ModelRequest(
        [
            UserPromptPart(
                ['look', ImageUrl('https://x/y.png'), BinaryContent(b'\xff\x00', media_type='image/png')], timestamp=NOW
            )
        ]
    ),
    'return': lambda: ModelRequest([ToolReturnPart('add', {'sum': {1, 2}, 'at': NOW}, 'c1', timestamp=NOW)]),
    'numbers': lambda: ModelRequest(
        [ToolReturnPart('n', [float('nan'), float('inf'), 1e16, -0.0, 10**30, Decimal('1.10')], 'c1', timestamp=NOW)]
    ),
    'largest': lambda: ModelRequest([ToolReturnPart('n', 10**5000, 'c1', timestamp=NOW)]),
    'surrogate': lambda: ModelRequest([UserPromptPart('lone \ud800', timestamp=NOW)]),
    'secrets': lambda: ModelRequest([ToolReturnPart('login', {'api_key': 'Open-Sesame'}, 'c1', timestamp=NOW)]),
    'objects': lambda: ModelRequest([ToolReturnPart('find', [Plain()], 'c1', timestamp=NOW)]),
    'many': lambda: ModelRequest([ToolReturnPart('find', list(range(1000)), 'c1', timestamp=NOW)]),
}


@pytest.mark.parametrize('name', MESSAGES)
def test_a_message_that_is_written_later_reads_as_one_that_is_written_at_once(name: str) -> None:
    message = MESSAGES[name]()
    at_once = dump_json(masked(messages_json([message])))
    assert CaptureList([Capture(message, message_text)]).text == at_once
    assert 'Open-Sesame' not in at_once


@pytest.mark.parametrize('name', MESSAGES)
def test_a_message_says_what_it_was_when_it_was_reported(name: str) -> None:
    message: Any = MESSAGES[name]()
    at_once = dump_json(masked(messages_json([message])))
    capture = Capture(message, message_text)
    changed = message.parts[-1]
    content: Any = getattr(changed, 'content', None)
    if isinstance(content, list):
        content[:] = ['changed']
    elif isinstance(content, dict):
        content['changed'] = True
    elif hasattr(changed, 'args'):
        changed.args = 'changed'
    message.parts.append(TextPart('changed'))
    message.usage = 'changed'
    assert f'[{capture.text}]' == at_once


VALUES = [
    None,
    True,
    3,
    'text',
    {'a': [1, (2, {'b': 'x'})]},
    {1, 2},
    b'bytes',
    bytearray(b'more'),
    Plain(),
    [Plain()],
    NOW,
]


@pytest.mark.parametrize('value', VALUES, ids=lambda value: type(value).__name__)
def test_a_value_that_is_written_later_reads_as_one_that_is_written_at_once(value: object) -> None:
    assert Capture(value, masked_json_text).text == dump_json(masked_json(value))


def test_arguments_say_what_they_were_before_the_tool_changed_them() -> None:
    args: dict[str, Any] = {'names': ['a'], 'options': {'deep': [1]}}
    before = Capture(args, masked_json_text)
    args['names'].append('b')
    args['options']['deep'][0] = 2
    after = captured(args, masked_json_text, before)
    assert json.loads(before.text) == {'names': ['a'], 'options': {'deep': [1]}}
    assert json.loads(after.text) == {'names': ['a', 'b'], 'options': {'deep': [2]}}


def test_what_has_not_changed_is_captured_and_written_once() -> None:
    message = response({'a': [1]})
    written: list[object] = []

    def write(value: Any, inert: bool) -> str:
        written.append(value)
        return message_text(value, inert)

    first = captured(message, write, None)
    again = captured(message, write, first)
    assert again is first
    assert first.text == again.text
    assert len(written) == 1


def swap_a_part(message: Any) -> None:
    message.parts[1] = TextPart('so')


def say_true_for_one(message: Any) -> None:
    message.parts[2].args['a'] = [True]


def count_on(message: Any) -> None:
    message.usage.details['reasoning'] += 1


def rename_an_argument(message: Any) -> None:
    message.parts[2].args['b'] = message.parts[2].args.pop('a')


def add_a_part(message: Any) -> None:
    message.parts.append(TextPart('more'))


@pytest.mark.parametrize('change', [say_true_for_one, count_on, rename_an_argument, add_a_part])
def test_a_change_deep_inside_is_noticed(change: Callable[[Any], None]) -> None:
    message = response({'a': [1]})
    capture = Capture(message, message_text)
    assert capture.still_is(message)
    change(message)
    assert not capture.still_is(message)


def test_another_object_that_says_the_same_may_count_as_the_same() -> None:
    message = response()
    capture = Capture(message, message_text)
    swap_a_part(message)
    assert captured(message, message_text, capture).text == capture.text


def test_what_could_not_be_copied_is_written_each_time() -> None:
    value = [Plain()]
    capture = Capture(value, masked_json_text)
    value[0].name = 'second'
    assert not capture.still_is(value)
    assert 'second' in captured(value, masked_json_text, capture).text
    assert 'first' in capture.text


def test_an_object_that_lacks_a_field_is_written_as_it_is_stored() -> None:
    part: Any = object.__new__(TextPart)
    part.content = 'so'
    text = Capture({'part': part}, masked_json_text).text
    assert 'so' in text


def test_counts_of_usage_are_told_without_zeros() -> None:
    usage = RunUsage(requests=2, input_tokens=5)
    assert contents.usage_json(usage) == {'requests': 2, 'input_tokens': 5}


def test_tools_are_written_anew_only_where_they_have_changed() -> None:
    written: list[object] = []

    def write(tools: Any) -> str:
        written.append(tools)
        return tools_text(tools)

    tool = ToolDefinition(name='add', parameters_json_schema={'properties': {'a': {'type': 'integer'}}})
    tools = Unchanged(write)
    first = tools.json([tool]).text
    assert tools.json([tool]).text == tools.json([tool]).text == first
    assert len(written) == 1
    tool.parameters_json_schema['properties']['a']['type'] = 'number'
    assert '"number"' in tools.json([tool]).text
    assert len(written) == 2


def test_tools_with_objects_of_the_programs_are_written_each_time() -> None:
    written: list[object] = []
    tools = Unchanged(lambda found: written.append(found) or '[]')
    tool = ToolDefinition(name='add', metadata={'owner': Plain()})
    tools.json([tool])
    tools.json([tool])
    assert len(written) == 2


def test_an_event_is_read_as_what_its_captures_said() -> None:
    message = response()
    event = Messages('r1', 1, CaptureList([Capture(message, message_text)]), False, 0)
    read = decode_record(numbered(encode_event(event, 1.0), 1)).event
    assert isinstance(read, Messages)
    assert read.added == messages_json([message])


def test_a_message_is_written_once_for_the_history_and_for_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []

    def write(message: Any, inert: bool) -> str:
        written.append(message.kind)
        return message_text(message, inert)

    monkeypatch.setattr(contents, 'message_text', write)
    run = contents.RunContents('r1', None)
    history: list[ModelMessage] = [MESSAGES['prompt']()]
    lines: list[str] = []
    for node, answer in ((1, response()), (3, response())):
        told, _ = run.history_change(history, node)
        request = run.request(None, history, None, ModelRequestParameters(), node)
        history.append(answer)
        answered, _ = run.history_change(history, node)
        history.append(MESSAGES['prompt']())
        lines += [encode_event(event, 1.0) for event in (told, request, answered) if event is not None]
    assert written == ['request', 'response', 'request', 'response']
    assert sum('"event":"request"' in line for line in lines) == 2


COUNTED = """
import asyncio, gc
from adder import *

def with_dict(found):
    'How many of these objects have been asked for their `__dict__`.'
    return sum(any(type(inside) is dict and 'timestamp' in inside for inside in gc.get_referents(one)) for one in found)

async def follow(ctx, events):
    async for _ in events:
        pass

async def main():
    streamed = await adder.run('add', event_stream_handler=follow)
    whole = await adder.run('add')
    for result in (streamed, whole):
        print(with_dict(result.all_messages()), with_dict(part for message in result.all_messages() for part in message.parts))

asyncio.run(main())
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason='there every object has a dictionary from the start')
def test_the_messages_of_a_program_stay_as_quick_to_read_as_without_a_debugger(same_as_plain: SameAsPlain) -> None:
    same_as_plain(COUNTED)
