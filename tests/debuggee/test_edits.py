"""What the user changes at a stop is what runs, and what the script then sees; what does not fit is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import (
    AnswerByHand,
    AnswerKind,
    Continue,
    Draft,
    Edit,
    Retry,
    SetBreakpoints,
    StepInto,
    StepOver,
)
from pydantic_ai_debug.protocol.events import (
    AnsweredByHand,
    Drafted,
    DraftItem,
    Edited,
    EditRefused,
    Fault,
    RequestPlanned,
    Resumed,
    RunFinished,
    Stopped,
    ToolFinished,
)

from .conftest import Child, StartChild

pytestmark = pytest.mark.oldest_and_newest

ECHO = """
    from pydantic import BaseModel
    from pydantic_ai import Agent, ModelRetry
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    def asked(messages):
        prompts = [part.content for message in messages for part in message.parts if part.part_kind == 'user-prompt']
        results = [part.content for message in messages for part in message.parts if part.part_kind == 'tool-return']
        return prompts, results

    def answer(messages, info):
        prompts, results = asked(messages)
        tools = sorted(tool.name for tool in info.function_tools)
        seen = f'{prompts} {results} {tools} {messages[-1].instructions} {info.model_settings}'
        if results or 'call' not in str(prompts[-1]):
            return ModelResponse(parts=[TextPart(seen)])
        return ModelResponse(parts=[ToolCallPart('add', {'a': 1, 'b': 2}, tool_call_id='c1')])

    async def stream(messages, info):
        for part in answer(messages, info).parts:
            yield part.content

    agent = Agent(
        FunctionModel(answer, stream_function=stream), name='echo', instructions='Be kind.', model_settings={'seed': 7}
    )

    @agent.tool_plain
    def add(a: int, b: int) -> int:
        return a + b

    @agent.tool_plain
    def other() -> None: ...

    def show(result):
        print(result.output)
        print([part.part_kind + ':' + str(getattr(part, 'content', getattr(part, 'args', '')))
               for message in result.all_messages() for part in message.parts])
"""

RUN = ECHO + "    show(agent.run_sync('hello'))\n"
CALLING = ECHO + "    show(agent.run_sync('call'))\n"
STREAMING = (
    ECHO
    + """
    import asyncio

    async def main():
        async with agent.run_stream('hello') as result:
            print(await result.get_output())

    asyncio.run(main())
"""
)
TYPED = (
    ECHO
    + """
    class Bill(BaseModel):
        total: int

    bills = Agent(
        FunctionModel(lambda messages, info: ModelResponse(parts=[ToolCallPart('final_result', {'total': 5})])),
        output_type=Bill,
    )
    print(repr(bills.run_sync('x').output))
"""
)


def stop_at(child: Child, spec_kind: str) -> Stopped:
    """Step until a boundary before this kind of node, or a stop of a breakpoint."""
    while (stopped := child.wait_for_stop()).kind != spec_kind:
        child.send(StepOver(stopped.run))
    return stopped


def drafts(child: Child, stopped: Stopped) -> Mapping[str, DraftItem]:
    child.send(Draft(stopped.run, stopped.call))
    drafted = child.wait_for(Drafted)
    assert [item.name for item in drafted.items] == list(stopped.edits)
    return {item.name: item for item in drafted.items}


def edit(child: Child, stopped: Stopped, item: str, change: Callable[[Any], Any]) -> Edited:
    """Change an item as the editor does: its text, or the JSON in it."""
    draft = drafts(child, stopped)[item]
    text = change(draft.text) if draft.form == 'text' else json.dumps(change(json.loads(draft.text)))
    child.send(Edit(stopped.run, stopped.call, item, text))
    answer = child.wait_for((Edited, EditRefused))
    assert isinstance(answer, Edited), answer
    return answer


def finish(child: Child) -> str:
    child.send(Continue())
    child.finish()
    assert child.returncode == 0, child.stderr
    assert not child.all(Fault)
    return child.stdout


def test_a_prompt_is_changed_before_its_node_runs(start_program: StartChild) -> None:
    child = start_program(RUN, stop_on_entry=True)
    edited = edit(child, stop_at(child, 'UserPromptNode'), 'prompt', lambda _: 'good bye')
    assert (edited.before, edited.after) == ('hello', 'good bye')
    assert finish(child).startswith("['good bye']")
    assert "'user-prompt:good bye'" in child.stdout


def set_tool_off(tools: dict[str, bool]) -> dict[str, bool]:
    return {**tools, 'other': False}


def with_message(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    before = [
        {'kind': 'request', 'parts': [{'part_kind': 'user-prompt', 'content': 'earlier'}]},
        {'kind': 'response', 'parts': [{'part_kind': 'text', 'content': 'yes'}]},
    ]
    return [*before, *messages]


REQUEST_EDITS: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    'prompt': ('prompt', lambda _: 'good bye', "['good bye'] [] ['add', 'other'] Be kind. {'seed': 7}"),
    'instructions': ('instructions', lambda _: 'Be rude.', "['hello'] [] ['add', 'other'] Be rude. {'seed': 7}"),
    'no instructions': ('instructions', lambda _: '', "['hello'] [] ['add', 'other'] None {'seed': 7}"),
    'settings': ('settings', lambda _: {'seed': 8}, "['hello'] [] ['add', 'other'] Be kind. {'seed': 8}"),
    'tools': ('tools', set_tool_off, "['hello'] [] ['add'] Be kind. {'seed': 7}"),
    'messages': ('messages', with_message, "['earlier', 'hello'] [] ['add', 'other'] Be kind. {'seed': 7}"),
}


@pytest.mark.parametrize(('script', 'lines'), [(RUN, 2), (STREAMING, 1)], ids=['run', 'run_stream'])
def test_a_request_is_changed_before_it_is_sent(start_program: StartChild, script: str, lines: int) -> None:
    once = script.removeprefix(ECHO)
    child = start_program(ECHO + once * len(REQUEST_EDITS), breakpoints=(Breakpoint('ModelRequestNode'),))
    for item, change, _ in REQUEST_EDITS.values():
        edit(child, child.wait_for_stop(), item, change)
        child.wait_for(RequestPlanned)
        child.send(Continue())
    output = finish(child).splitlines()
    assert dict(zip(REQUEST_EDITS, output[::lines], strict=True)) == {
        case: seen for case, (_, _, seen) in REQUEST_EDITS.items()
    }
    if script is RUN:
        assert list(REQUEST_EDITS)[-1] == 'messages'
        assert "'user-prompt:earlier', 'text:yes', 'user-prompt:hello'" in output[-1]


def test_messages_that_were_not_changed_stay_the_objects_they_are(start_program: StartChild) -> None:
    child = start_program(
        ECHO
        + """
    from pydantic_ai.messages import ModelRequest, ToolReturnPart

    from dataclasses import dataclass

    @dataclass
    class Odd:
        what: str = 'an odd one'

    @agent.tool_plain
    def odd() -> object:
        return Odd()

    history = [
        ModelRequest(parts=[]),
        ModelResponse(parts=[ToolCallPart('odd', {}, tool_call_id='o')]),
        ModelRequest(parts=[ToolReturnPart('odd', Odd(), tool_call_id='o')]),
    ]
    result = agent.run_sync('hello', message_history=history)
    print(any(type(getattr(part, 'content', None)) is Odd for m in result.all_messages() for part in m.parts))
""",
        stop_on_entry=True,
    )
    stopped = stop_at(child, 'ModelRequestNode')
    edit(child, stopped, 'messages', lambda messages: messages[1:])
    assert finish(child) == 'True\n'


def test_a_response_is_changed_before_it_is_worked_on(start_program: StartChild) -> None:
    child = start_program(CALLING, stop_on_entry=True)
    stopped = stop_at(child, 'CallToolsNode')

    def change(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**parts[0], 'args': {'a': 20, 'b': 30}}, {'part_kind': 'text', 'content': 'added by hand'}]

    edit(child, stopped, 'response', change)
    output = finish(child)
    assert output.startswith("['call'] [50]")
    assert """"tool-call:{'a': 20, 'b': 30}", 'text:added by hand', 'tool-return:50'""" in output


WRITTEN = (
    ECHO
    + """
    def as_text(messages, info):
        response = answer(messages, info)
        written = [
            ToolCallPart(part.tool_name, '{"b": 2, "a": 1}', tool_call_id=part.tool_call_id)
            if part.part_kind == 'tool-call' else part
            for part in response.parts
        ]
        return ModelResponse(parts=[*written, ToolCallPart('other', '{not', tool_call_id='c2')]
                             if written != response.parts else written)

    show(agent.run_sync('call', model=FunctionModel(as_text)))
"""
)


def test_a_response_is_edited_as_what_its_parts_say(start_program: StartChild) -> None:
    child = start_program(WRITTEN, stop_on_entry=True)
    stopped = stop_at(child, 'CallToolsNode')
    parts = json.loads(drafts(child, stopped)['response'].text)
    assert parts == [
        {'part_kind': 'tool-call', 'tool_name': 'add', 'args': {'b': 2, 'a': 1}, 'tool_call_id': 'c1'},
        {'part_kind': 'tool-call', 'tool_name': 'other', 'args': '{not', 'tool_call_id': 'c2'},
    ]
    assert list(parts[0]) == ['part_kind', 'tool_name', 'args', 'tool_call_id'], 'what it is comes first'
    edited = edit(child, stopped, 'response', lambda parts: [{**parts[0], 'args': {'b': 2, 'a': 40}}])
    assert (edited.before, edited.after) == (parts, [{**parts[0], 'args': {'b': 2, 'a': 40}}])
    assert """'tool-call:{"b": 2, "a": 40}', 'tool-return:42'""" in finish(child), 'a text stays a text'


def test_parts_of_a_response_that_were_not_touched_stay_the_objects_they_are(start_program: StartChild) -> None:
    child = start_program(
        ECHO
        + """
    kept = []

    def keeping(messages, info):
        response = answer(messages, info)
        kept.extend(response.parts)
        return response

    found = agent.run_sync('call', model=FunctionModel(keeping)).all_messages()[1].parts
    print(found[0] is kept[0], found[1].content)
""",
        stop_on_entry=True,
    )
    edit(child, stop_at(child, 'CallToolsNode'), 'response', lambda parts: [*parts, 'more'])
    assert finish(child) == 'True more\n'


def test_what_a_stop_says_can_be_edited_is_what_can_be_at_every_stop(start_program: StartChild) -> None:
    child = start_program(CALLING, stop_on_entry=True)
    seen: set[tuple[str, ...]] = set()
    while (stopped := child.wait_for_stop()).kind != 'End':
        seen.add(tuple(drafts(child, stopped)))
        child.send(StepInto(stopped.run, stopped.call))
    seen.add(tuple(drafts(child, stopped)))
    finish(child)
    request = ('instructions', 'settings', 'tools', 'messages')
    assert seen == {
        *(('prompt', 'messages'), ('prompt', *request), request),
        *(('response', 'messages'), ('text', 'response', 'messages')),
        *(('args',), ('result',), ('output',)),
    }


def test_a_tool_call_is_removed_from_a_response(start_program: StartChild) -> None:
    child = start_program(CALLING, stop_on_entry=True)
    edit(child, stop_at(child, 'CallToolsNode'), 'response', lambda _: ['the end'])
    assert finish(child).startswith('the end\n')


def test_the_text_of_a_response_is_changed_as_a_text(start_program: StartChild) -> None:
    child = start_program(RUN, stop_on_entry=True)
    edit(child, stop_at(child, 'CallToolsNode'), 'text', lambda _: 'another\nanswer')
    assert finish(child).startswith('another\nanswer\n')


def test_a_final_output_is_changed_before_it_goes_back(start_program: StartChild) -> None:
    child = start_program(TYPED, stop_on_entry=True)
    edit(child, stop_at(child, 'End'), 'output', lambda output: {'total': output['total'] * 2})
    assert finish(child) == 'Bill(total=10)\n'
    assert child.all(RunFinished)[0].output == {'total': 10}


def test_an_output_that_does_not_fit_its_type_is_refused_with_the_place(start_program: StartChild) -> None:
    child = start_program(TYPED, stop_on_entry=True)
    stopped = stop_at(child, 'End')
    child.send(Edit(stopped.run, None, 'output', '{\n  "total": "many"\n}'))
    refused = child.wait_for(EditRefused)
    assert refused.message.startswith('total: Input should be a valid integer')
    assert (refused.line, refused.column) == (2, 12)
    assert finish(child) == 'Bill(total=5)\n'


def hold_call(start_program: StartChild, *specs: str) -> tuple[Child, Stopped]:
    child = start_program(CALLING, breakpoints=tuple(map(Breakpoint, specs or ('tool:add',))))
    return child, child.wait_for_stop()


def test_arguments_are_changed_before_a_tool_runs(start_program: StartChild) -> None:
    child, stopped = hold_call(start_program)
    draft = drafts(child, stopped)['args']
    assert json.loads(draft.text) == {'a': 1, 'b': 2}
    assert isinstance(draft.schema, dict)
    assert set(draft.schema['properties']) == {'a', 'b'}
    edit(child, stopped, 'args', lambda args: {**args, 'b': '40'})
    assert finish(child).startswith("['call'] [41]")
    assert child.all(ToolFinished)[0].args == {'a': 1, 'b': 40}


WRONG_ARGS = {
    '{"a": 1}': ('b: Field required', 1, 1),
    '{"a": 1,\n "b": []}': ('b: Input should be a valid integer', 2, 7),
    '{"a": 1,\n "b": 2': ('no JSON', 2, 8),
    '[1, 2]': ('Input should be an object', 1, 1),
}


def test_arguments_that_do_not_fit_are_refused_and_nothing_changes(start_program: StartChild) -> None:
    child, stopped = hold_call(start_program)
    for text, (message, line, column) in WRONG_ARGS.items():
        child.send(Edit(stopped.run, stopped.call, 'args', text))
        refused = child.wait_for(EditRefused)
        assert refused.message.startswith(message)
        assert (refused.line, refused.column) == (line, column)
    assert finish(child).startswith("['call'] [3]")


def test_a_result_is_changed_after_a_tool_has_run(start_program: StartChild) -> None:
    child, stopped = hold_call(start_program, 'tool:add:after')
    edit(child, stopped, 'result', lambda result: result + 100)
    assert finish(child).startswith("['call'] [103]")
    assert "'tool-return:103'" in child.stdout


ANSWERS: dict[str, tuple[AnswerKind, str, str, str]] = {
    'a value': ('value', '99', "['call'] [99]", 'returned'),
    'a denial': ('denied', 'not today', "['call'] ['not today']", 'denied'),
}


@pytest.mark.parametrize('case', ANSWERS)
def test_a_call_is_answered_by_hand_and_does_not_run(start_program: StartChild, case: str) -> None:
    kind, text, seen, outcome = ANSWERS[case]
    child, stopped = hold_call(start_program)
    child.send(AnswerByHand(stopped.run, stopped.call, kind, text))
    child.wait_for(AnsweredByHand)
    assert finish(child).startswith(seen)
    assert [event.outcome for event in child.all(ToolFinished)] == [outcome]


def test_a_retry_that_is_answered_by_hand_reaches_the_model(start_program: StartChild) -> None:
    child, stopped = hold_call(start_program)
    child.send(AnswerByHand(stopped.run, stopped.call, 'retry', 'try harder'))
    child.wait_for(Resumed)
    second = child.wait_for_stop()
    assert second.kind in ('add', 'ModelRequestNode')
    child.send(SetBreakpoints(()))
    finish(child)
    assert child.all(ToolFinished)[0].outcome == 'retry'
    assert 'try harder' in str(child.all(ToolFinished)[0].result)


def test_an_error_that_is_answered_by_hand_fails_the_run_as_if_the_tool_had_raised(start_program: StartChild) -> None:
    child, stopped = hold_call(start_program)
    child.send(AnswerByHand(stopped.run, stopped.call, 'error', 'out of order'))
    child.finish()
    assert child.returncode == 1
    assert child.stderr.endswith('RuntimeError: out of order\n')
    assert 'pydantic_ai_debug' not in child.stderr


def test_an_answer_that_is_no_json_is_refused(start_program: StartChild) -> None:
    child, stopped = hold_call(start_program)
    child.send(AnswerByHand(stopped.run, stopped.call, 'value', '{oops'))
    refused = child.wait_for(EditRefused)
    assert (refused.item, refused.line) == ('answer', 1)
    assert finish(child).startswith("['call'] [3]")


@pytest.mark.parametrize('script', [RUN, STREAMING], ids=['run', 'run_stream'])
def test_a_request_is_answered_by_hand_and_no_model_is_asked(start_program: StartChild, script: str) -> None:
    child = start_program(script, stop_on_entry=True)
    stopped = stop_at(child, 'ModelRequestNode')
    assert stopped.answers == ('response',)
    child.send(AnswerByHand(stopped.run, None, 'response', 'by hand'))
    child.wait_for(Resumed)
    assert finish(child).splitlines()[0] == 'by hand'


def test_a_request_is_answered_by_a_tool_call(start_program: StartChild) -> None:
    child = start_program(RUN, stop_on_entry=True)
    stopped = stop_at(child, 'ModelRequestNode')
    parts = [{'part_kind': 'tool-call', 'tool_name': 'add', 'args': {'a': 4, 'b': 5}, 'tool_call_id': 'h1'}]
    child.send(AnswerByHand(stopped.run, None, 'response', json.dumps(parts)))
    child.wait_for(Resumed)
    assert finish(child).startswith("['hello'] [9]")


def test_what_cannot_be_retried_goes_on_waiting(start_program: StartChild) -> None:
    child, stopped = hold_call(start_program)
    child.send(Retry(stopped.run, stopped.call))
    child.send(Draft(stopped.run, stopped.call))
    assert child.wait_for(Drafted).items
    finish(child)


def test_an_edit_where_nothing_waits_is_refused(start_program: StartChild) -> None:
    child, stopped = hold_call(start_program)
    child.send(Edit(stopped.run, 'gone', 'args', '{}'))
    assert child.wait_for(EditRefused).message == 'nothing waits there any more'
    finish(child)


SECRET_TOOL = (
    ECHO
    + """
    @agent.tool_plain
    def login(user: str, password: str) -> str:
        return f'{user}:{password}'

    def log_in(messages, info):
        if asked(messages)[1]:
            return ModelResponse(parts=[TextPart(str(asked(messages)[1]))])
        args = {'user': 'ann', 'password': 'hunter2-and-more'}
        return ModelResponse(parts=[ToolCallPart('login', args, tool_call_id='c1')])

    print(agent.run_sync('x', model=FunctionModel(log_in)).output)
"""
)


def test_a_secret_is_masked_where_it_is_edited_and_stays_what_it_is(start_program: StartChild) -> None:
    child = start_program(SECRET_TOOL, breakpoints=(Breakpoint('tool:login'),))
    stopped = child.wait_for_stop()
    assert 'hunter2' not in drafts(child, stopped)['args'].text
    edit(child, stopped, 'args', lambda args: {**args, 'user': 'bob'})
    assert finish(child) == "['bob:hunter2-and-more']\n"
    events = [event for event in child.events if isinstance(event, (Drafted, Edited, Stopped))]
    assert 'hunter2' not in repr(events)


APPROVING = (
    ECHO
    + """
    from pydantic_ai import DeferredToolRequests

    def buying(messages, info):
        if asked(messages)[1]:
            return ModelResponse(parts=[TextPart(str(asked(messages)[1]))])
        return ModelResponse(parts=[
            ToolCallPart('buy', {'price': 3}, tool_call_id='c1'), ToolCallPart('buy', {'price': 4}, tool_call_id='c2')
        ])

    buyer = Agent(FunctionModel(buying), output_type=[str, DeferredToolRequests])

    @buyer.tool_plain(requires_approval=True)
    def buy(price: int) -> str:
        return f'bought for {price}'

    output = buyer.run_sync('x').output
    print(output if isinstance(output, str) else sorted(call.tool_call_id for call in output.approvals))
"""
)

APPROVALS: dict[str, tuple[AnswerKind, str, str]] = {
    'approved': ('approved', '', "['bought for 3', 'bought for 4']\n"),
    'denied': ('denied', 'too dear', "['too dear', 'too dear']\n"),
}


@pytest.mark.parametrize('case', APPROVALS)
def test_approvals_are_answered_at_the_end_and_the_run_goes_on(start_program: StartChild, case: str) -> None:
    kind, text, seen = APPROVALS[case]
    child = start_program(APPROVING, breakpoints=(Breakpoint('deferral'),))
    stopped = child.wait_for_stop()
    assert (stopped.kind, stopped.edits, stopped.answers) == ('End', ('answers',), ('approved', 'denied', 'value'))
    child.send(AnswerByHand(stopped.run, None, kind, text))
    child.wait_for(Resumed)
    assert finish(child) == seen


def test_approvals_are_answered_one_by_one_in_the_editor(start_program: StartChild) -> None:
    child = start_program(APPROVING, breakpoints=(Breakpoint('deferral'),))
    stopped = child.wait_for_stop()

    def answer(calls: dict[str, Any]) -> dict[str, Any]:
        return {'c1': {**calls['c1'], 'answer': True}, 'c2': {**calls['c2'], 'answer': {'deny': 'no'}}}

    edit(child, stopped, 'answers', answer)
    assert finish(child) == "['bought for 3', 'no']\n"


def test_a_run_whose_approvals_are_not_answered_ends_with_them(start_program: StartChild) -> None:
    child = start_program(APPROVING, breakpoints=(Breakpoint('deferral'),))
    child.wait_for_stop()
    assert finish(child) == "['c1', 'c2']\n"
