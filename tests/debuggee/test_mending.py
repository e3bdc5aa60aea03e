"""What fails stops the run before it dies: it is mended and the script ends well, or let go and fails as it would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pydantic_ai_debug.protocol.commands import AnswerByHand, Continue, Edit, Retry, StepOver
from pydantic_ai_debug.protocol.events import Edited, Fault, NodeFinished, Resumed, RunFinished, Stopped

from .conftest import Child, StartChild, let_go_from, stop_text
from .series import Series

HEAD = """
    import asyncio
    from pydantic import BaseModel
    from pydantic_ai import Agent, ModelRetry, UsageLimits
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    class Bill(BaseModel):
        total: int

    def results(messages):
        return [part.content for message in messages for part in message.parts if part.part_kind == 'tool-return']

    def count(**args):
        return ModelResponse(parts=[ToolCallPart('count', args, tool_call_id='c1')])

    def say(text):
        return ModelResponse(parts=[TextPart(text)])

    async def main():
        ...
"""

TOOL = (
    HEAD
    + """
    agent = Agent(FunctionModel(lambda m, i: say(f'got {results(m)}') if results(m) else count(number=3)))
    calls = []

    @agent.tool_plain
    def count(number: int) -> int:
        calls.append(number)
        if number < 10:
            raise ValueError(f'{number} is too small')
        return number

    CALL = lambda number: ModelResponse(parts=[ToolCallPart('count', {'number': number}, tool_call_id='c1')])
    agent.model = FunctionModel(lambda m, i: say(f'got {results(m)}') if results(m) else CALL(3))
    result = agent.run_sync('x')
    print(result.output, calls, len(result.all_messages()))
"""
)

MODEL = (
    HEAD
    + """
    asked = []

    def answer(messages, info):
        asked.append(messages[-1].parts[-1].content)
        if 'fine' not in asked[-1] and len(asked) < 2:
            raise ConnectionError('no network')
        return say('answered ' + asked[-1])

    result = Agent(FunctionModel(answer)).run_sync('hello')
    print(result.output, len(asked), len(result.all_messages()), (result.usage if hasattr(result.usage, "requests") else result.usage()).requests)
"""
)

STREAMED_MODEL = (
    HEAD
    + """
    asked = []

    async def stream(messages, info):
        asked.append(messages[-1].parts[-1].content)
        if len(asked) < 2:
            raise ConnectionError('no network')
        yield 'answered '
        yield asked[-1]

    async def main():
        async with Agent(FunctionModel(stream_function=stream)).run_stream('hello') as result:
            print(await result.get_output(), len(result.all_messages()))

    asyncio.run(main())
"""
)

VALIDATION = (
    HEAD
    + """
    CALL = lambda number: ModelResponse(parts=[ToolCallPart('count', {'number': number}, tool_call_id='c1')])
    agent = Agent(FunctionModel(lambda m, i: say(f'got {results(m)}') if results(m) else CALL('many')), retries=0)

    @agent.tool_plain
    def count(number: int) -> int:
        return number

    print(agent.run_sync('x').output)
"""
)

OUTPUT = (
    HEAD
    + """
    agent = Agent(
        FunctionModel(lambda m, i: ModelResponse(parts=[ToolCallPart('final_result', {'total': 5}, tool_call_id='f')])),
        output_type=Bill,
        retries=0,
    )

    @agent.output_validator
    def check(bill: Bill) -> Bill:
        if bill.total < 10:
            raise ModelRetry(f'{bill.total} is too little')
        return bill

    print(repr(agent.run_sync('x').output))
"""
)

LIMIT = (
    HEAD
    + """
    agent = Agent(FunctionModel(lambda m, i: say('done')))
    print(agent.run_sync('x', usage_limits=UsageLimits(request_limit=0)).output)
"""
)

ITERATED = (
    HEAD
    + """
    asked = []

    def answer(messages, info):
        asked.append(1)
        if len(asked) < 2:
            raise ConnectionError('no network')
        return say('answered')

    async def main():
        async with Agent(FunctionModel(answer)).iter('x') as run:
            async for node in run:
                pass
        print(run.result.output)

    asyncio.run(main())
"""
)


def edit(child: Child, stopped: Stopped, item: str, value: object) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    child.send(Edit(stopped.run, stopped.call, item, text))
    child.wait_for(Edited)


def answer(kind: str, text: str) -> Callable[[Child, Stopped], None]:
    def give(child: Child, stopped: Stopped) -> None:
        child.send(AnswerByHand(stopped.run, stopped.call, kind, text))  # type: ignore[arg-type]

    return give


def retry(child: Child, stopped: Stopped) -> None:
    child.send(Retry(stopped.run, stopped.call))


def edited(item: str, value: object) -> Callable[[Child, Stopped], None]:
    def mend(child: Child, stopped: Stopped) -> None:
        edit(child, stopped, item, value)
        retry(child, stopped)

    return mend


Mend = Callable[[Child, Stopped], None]

MENDED: dict[str, tuple[str, str, Mend, str]] = {
    'a tool, by other arguments': (TOOL, 'count', edited('args', {'number': 30}), 'got [30] [3, 30] 4\n'),
    'a tool, by a value': (TOOL, 'count', answer('value', '12'), 'got [12] [3] 4\n'),
    'a model, by asking again': (MODEL, 'ModelRequestNode', retry, 'answered hello 2 2 1\n'),
    'a model, by another prompt': (MODEL, 'ModelRequestNode', edited('messages', None), 'answered fine 2 2 1\n'),
    'a model, by a response': (MODEL, 'ModelRequestNode', answer('response', 'by hand'), 'by hand 1 2 1\n'),
    'a stream, by asking again': (STREAMED_MODEL, 'ModelRequestNode', retry, 'answered hello 2\n'),
    'a stream, by a response': (STREAMED_MODEL, 'ModelRequestNode', answer('response', 'by hand'), 'by hand 2\n'),
    'arguments, by another response': (
        VALIDATION,
        'CallToolsNode',
        edited('response', [{'part_kind': 'tool-call', 'tool_name': 'count', 'args': {'number': 7}, 'tool_call_id': 'c1'}]),
        'got [7]\n',
    ),
    'an output, by another response': (
        OUTPUT,
        'CallToolsNode',
        edited('response', [{'part_kind': 'tool-call', 'tool_name': 'final_result', 'args': {'total': 50}, 'tool_call_id': 'f'}]),
        'Bill(total=50)\n',
    ),
    'an output, by hand': (OUTPUT, 'CallToolsNode', answer('value', '{"total": 60}'), 'Bill(total=60)\n'),
    'a run that is iterated, by asking again': (ITERATED, 'ModelRequestNode', retry, 'answered\n'),
}  # fmt: skip


@pytest.mark.parametrize('case', MENDED)
def test_what_failed_is_mended_and_the_script_ends_well(start_program: StartChild, case: str) -> None:
    script, kind, mend, output = MENDED[case]
    child = start_program(script, stop_on_error=True)
    stopped = child.wait_for_stop()
    assert (stopped.at, stopped.kind) == ('error', kind)
    assert stopped.error is not None
    if case == 'a model, by another prompt':
        message = {'kind': 'request', 'parts': [{'part_kind': 'user-prompt', 'content': 'fine'}]}
        edited('messages', [message])(child, stopped)
    else:
        mend(child, stopped)
    child.wait_for(Resumed)
    let_go_from(child)
    assert child.stdout == output, child.stderr
    assert child.returncode == 0
    assert not child.all(Fault)
    assert child.all(RunFinished)


LET_GO = {'tool': TOOL, 'model': MODEL, 'streamed model': STREAMED_MODEL, 'validation': VALIDATION, 'output': OUTPUT,
          'limit': LIMIT, 'iterated': ITERATED}  # fmt: skip

WAYS_TO_LET_GO = (Continue(), StepOver('r1'))


@pytest.mark.parametrize('case', LET_GO)
def test_what_is_let_go_fails_exactly_as_without_a_debugger(series: Series, tmp_path: Path, case: str) -> None:
    plain = series.run_plainly(tmp_path, LET_GO[case])
    assert plain.returncode == 1
    for command in WAYS_TO_LET_GO:
        child = series.start(tmp_path, LET_GO[case], stop_on_error=True)
        stopped = child.wait_for_stop()
        assert stopped.at == 'error'
        child.send(command)
        child.finish()
        assert (child.stdout, child.stderr, child.returncode) == plain
        assert child.stops() == [stop_text(stopped)], 'an error that was seen does not stop the run again'


def test_everything_up_to_the_failure_is_there_to_be_looked_at(start_program: StartChild) -> None:
    child = start_program(TOOL, stop_on_error=True)
    stopped = child.wait_for_stop()
    assert stopped.error is not None
    assert (stopped.error.type, stopped.error.message) == ('ValueError', '3 is too small')
    assert stopped.args == {'number': 3}
    own = [frame for frame in stopped.error.frames if frame.user]
    assert own[-1].function == 'count'
    assert own[-1].source == "raise ValueError(f'{number} is too small')"
    assert [(entry.name, entry.value.text) for entry in own[-1].locals] == [('number', '3')]
    child.send(Continue())
    child.finish()


def test_a_node_that_failed_and_runs_again_is_shown_as_failed_and_then_as_done(start_program: StartChild) -> None:
    child = start_program(OUTPUT, stop_on_error=True)
    stopped = child.wait_for_stop()
    edit(child, stopped, 'response', [{'part_kind': 'tool-call', 'tool_name': 'final_result', 'args': {'total': 50}}])
    child.send(Retry(stopped.run))
    child.wait_for(Resumed)
    let_go_from(child)
    ended = [(event.kind, event.next) for event in child.all(NodeFinished)]
    assert ended[2:] == [('CallToolsNode', None), ('CallToolsNode', 'End')]
