"""What a run is let go to after a stop at an error is what it ends with anyway, to the byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from pydantic_ai import exceptions

from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import AnswerByHand, Continue, Edit, Retry, StepOver
from pydantic_ai_debug.protocol.events import (
    AnsweredByHand,
    Edited,
    EditRefused,
    Exited,
    Fault,
    Output,
    RunStarted,
    Stopped,
    ToolFinished,
    ToolStarted,
)

from .conftest import Child, StartChild, let_go, let_go_from
from .series import Plain, Series

pytestmark = pytest.mark.oldest_and_newest

FAILING = """
    import asyncio, sys, traceback, warnings
    warnings.simplefilter('error')
    from pydantic_ai import Agent, ModelRetry, UsageLimits
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import DeltaToolCall, FunctionModel
    from pydantic_graph import End

    class Broken(Exception):
        pass

    def fail(what):
        if what == FAILURE:
            try:
                {}['cause']
            except KeyError as missing:
                raise Broken(what) from missing

    def answered(messages):
        return any(message.kind == 'response' for message in messages)

    def answer(messages, info):
        fail('model')
        parts = [TextPart('done')] if answered(messages) else [ToolCallPart('add', {'a': 1}, tool_call_id='c')]
        return ModelResponse(parts=parts)

    async def stream(messages, info):
        fail('model')
        if not answered(messages):
            yield {0: DeltaToolCall(name='add', json_args='{"a": 1}', tool_call_id='c')}
            return
        yield 'do'
        fail('stream')
        yield 'ne'

    agent = Agent(FunctionModel(answer, stream_function=stream), name='failing', retries=1)

    @agent.tool_plain
    async def add(a: int) -> int:
        fail('tool')
        if FAILURE == 'retries':
            raise ModelRetry('again')
        return a

    @agent.output_validator
    def check(output: str) -> str:
        fail('validator')
        if FAILURE == 'output':
            raise ModelRetry('not good')
        return output

    limits = UsageLimits(request_limit=1) if FAILURE == 'limit' else None
"""

WAYS = {
    'run': """
        async def main():
            await agent.run('x', usage_limits=limits)
    """,
    'run_stream': """
        async def main():
            async with agent.run_stream('x', usage_limits=limits) as result:
                print(await result.get_output())
    """,
    'event_stream_handler': """
        async def handle(ctx, events):
            async for event in events:
                pass

        async def main():
            await agent.run('x', event_stream_handler=handle, usage_limits=limits)
    """,
    'async for, caught inside of the run': """
        async def main():
            async with agent.iter('x', usage_limits=limits) as run:
                try:
                    async for node in run:
                        print(type(node).__name__)
                except Exception:
                    traceback.print_exc()
                    raise
    """,
    'next, caught inside of the run': """
        async def main():
            async with agent.iter('x', usage_limits=limits) as run:
                node = run.next_node
                try:
                    while not isinstance(node, End):
                        node = await run.next(node)
                except Exception:
                    traceback.print_exc()
                print('left')
                node = await run.next(node)
    """,
    'own node.stream': """
        async def main():
            async with agent.iter('x', usage_limits=limits) as run:
                async for node in run:
                    if Agent.is_model_request_node(node):
                        try:
                            async with node.stream(run.ctx) as events:
                                async for event in events:
                                    pass
                        except Exception:
                            traceback.print_exc()
                            raise
    """,
}

FAILURES = ('model', 'stream', 'tool', 'retries', 'validator', 'output', 'limit')

CAUGHT = """
try:
    asyncio.run(main())
except Exception:
    traceback.print_exc()
"""


def ways_to_fail(failure: str) -> list[str]:
    """Every way with what fails in the model, in a tool and at the end; of the others, one that pydantic-ai drives and
    one that it does not. Another one is the last with each failure."""
    everywhere = failure in ('model', 'tool', 'output')
    ways = [way for way in WAYS if everywhere or way in ('run', 'next, caught inside of the run')]
    first = FAILURES.index(failure) % len(ways)
    return ways[first:] + ways[:first]


def failing_ways(failure: str) -> str:
    """A script that fails in every such way; the last error is caught by nobody."""
    ways = ways_to_fail(failure)
    runs = [f'print({way!r})\nprint({way!r}, file=sys.stderr)\n{dedent(WAYS[way])}' for way in ways]
    return f'FAILURE = {failure!r}\n{dedent(FAILING)}{CAUGHT.join(runs)}\nasyncio.run(main())\n'


def assert_failed_as_without_us(child: Child, plain: Plain, failure: str) -> None:
    ways = ways_to_fail(failure)
    assert not child.all(Fault)
    assert (child.stdout, child.returncode) == (plain.stdout, plain.returncode)
    assert len(child.all(RunStarted)) == len(ways)
    said, expected = (by_way(text, ways) for text in (child.stderr, plain.stderr))
    if sys.version_info < (3, 11):
        # There a frame cannot leave a traceback that it raises again by itself: what is caught on its way shows ours.
        for way in ways:
            if 'traceback.print_exc' in WAYS[way]:
                said[way], expected[way] = said[way][-1:], expected[way][-1:]
    assert said == expected


@pytest.mark.parametrize('failure', FAILURES)
def test_runs_that_stopped_at_an_error_fail_as_without_us(series: Series, tmp_path: Path, failure: str) -> None:
    script = failing_ways(failure)
    plain = series.run_plainly(tmp_path, script)
    child = series.start(tmp_path, script, stop_on_error=True)
    let_go(child)
    assert_failed_as_without_us(child, plain, failure)


@pytest.mark.parametrize('failure', ['tool', 'output'])
def test_a_process_that_ends_by_an_error_at_which_its_run_stopped_ends_as_without_us(
    failure: str, start_child: StartChild, tmp_path: Path
) -> None:
    script = failing_ways(failure)
    (tmp_path / 'script.py').write_text(script)
    done = subprocess.run(
        [sys.executable, tmp_path / 'script.py'], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    child = start_child(script, stop_on_error=True)
    let_go(child)
    assert done.returncode == 1
    assert_failed_as_without_us(child, Plain(done.stdout, done.stderr, done.returncode), failure)


def by_way(text: str, ways: list[str]) -> dict[str, list[str]]:
    """What was printed after the name of each."""
    lines = text.splitlines()
    starts = [*map(lines.index, ways), len(lines)]
    return {way: lines[start + 1 : end] for way, start, end in zip(ways, starts[:-1], starts[1:], strict=True)}


CALLING = """
    import asyncio, gc, sys, traceback
    from pydantic_ai import Agent, ModelRetry
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel
    from pydantic_ai.usage import RunUsage

    def answered(messages):
        return any(part.part_kind in ('tool-return', 'retry-prompt') for message in messages for part in message.parts)

    def answer(messages, info):
        if answered(messages):
            return ModelResponse(parts=[TextPart('done')])
        return ModelResponse(parts=[ToolCallPart(tool.name, {'a': 1}, tool_call_id=tool.name)
                                    for tool in info.function_tools])

    agent = Agent(FunctionModel(answer), name='calling', retries=1)
"""

QUIET_ERROR = """
    class QuietError(Exception):
        def __getattr__(self, name):
            if name.startswith('__'):
                raise AttributeError(name)
            raise RuntimeError(f'asked for {name}')

        def __bool__(self):
            raise RuntimeError('asked whether it is true')

        def __eq__(self, other):
            raise RuntimeError('compared')
"""

HOSTILE = {
    'an error that answers by code of its own': (
        QUIET_ERROR
        + """
    @agent.tool_plain
    async def add(a: int) -> int:
        try:
            raise QuietError
        except QuietError:
            raise QuietError

    try:
        agent.run_sync('x')
    except Exception as error:
        print(type(error).__name__)
    """
    ),
    "a model's error that answers by code of its own": (
        QUIET_ERROR
        + """
    def fails(messages, info):
        try:
            raise QuietError
        except QuietError:
            raise QuietError

    try:
        Agent(FunctionModel(fails)).run_sync('x')
    except Exception as error:
        print(type(error).__name__)
    """
    ),
    'keys of a class that compares by code of its own': """
    class Meta(type):
        __hash__ = type.__hash__

        def __eq__(self, other):
            print('compared')
            raise RuntimeError

    class Key(metaclass=Meta):
        pass

    @agent.tool_plain
    async def add(a: int) -> int:
        keys = {Key(): Key()}
        raise ValueError

    try:
        agent.run_sync('x')
    except ValueError as error:
        print(repr(error))
    """,
    'a usage that copies by code of its own': """
    class Mine(int):
        def __deepcopy__(self, memo):
            print('copied')
            raise RuntimeError

    @agent.tool_plain
    async def add(a: int) -> int:
        return a

    print(agent.run_sync('x', usage=RunUsage(details={'mine': Mine(1)})).output)
    """,
}


def test_what_the_program_raises_is_not_replaced_by_what_we_do_with_it(start_child: StartChild, tmp_path: Path) -> None:
    script = ''.join(f'print({case!r})\n{dedent(CALLING)}{dedent(HOSTILE[case])}' for case in HOSTILE)
    (tmp_path / 'script.py').write_text(script)
    plain = subprocess.run([sys.executable, tmp_path / 'script.py'], capture_output=True, text=True, check=False)
    child = start_child(script, stop_on_error=True)
    let_go(child)
    assert (child.stdout, child.stderr, child.returncode) == (plain.stdout, plain.stderr, 0)


def test_refused_arguments_can_be_written_anew_and_not_be_answered(start_program: StartChild) -> None:
    child = start_program(
        CALLING.replace("{'a': 1}", "{'a': 'one'}")
        + """
    @agent.tool_plain
    async def add(a: int) -> int:
        print('adding', a)
        return a

    print(agent.run_sync('x').output)
    """,
        breakpoints=(Breakpoint('retry'),),
    )
    stopped = child.wait_for_stop()
    assert (stopped.at, stopped.call, stopped.answers, stopped.retries) == ('error', 'add', (), False)
    child.send(AnswerByHand(stopped.run, stopped.call, 'value', '5'))
    assert isinstance(child.wait_for((AnsweredByHand, EditRefused)), EditRefused)
    child.send(Edit(stopped.run, stopped.call, 'args', '{"a": 7}'))
    child.wait_for(Edited)
    let_go_from(child)
    assert child.stdout == 'adding 7\ndone\n'


def test_a_call_that_is_cancelled_while_it_waits_for_its_turn_has_an_end(start_program: StartChild) -> None:
    child = start_program(
        CALLING
        + """
    @agent.tool_plain
    async def first(a: int) -> int:
        print('first')
        await asyncio.sleep(60)

    @agent.tool_plain
    async def second(a: int) -> int:
        print('second')

    async def main():
        try:
            await asyncio.wait_for(agent.run('x'), 0.3)
        except asyncio.TimeoutError as error:
            print('timeout')
            traceback.print_exception(error.__cause__)

    asyncio.run(main())
    """,
        serialize_tools=True,
    )
    child.finish()
    assert child.stdout == 'first\ntimeout\n'
    assert 'acquire' not in child.stderr
    started = [event.call for event in child.all(ToolStarted)]
    finished = [event.call for event in child.all(ToolFinished)]
    assert sorted(started) == sorted(finished) == ['first', 'second']


def test_a_tool_that_tells_the_model_of_its_failure_is_no_unhandled_error(start_program: StartChild) -> None:
    if not hasattr(exceptions, 'ToolFailed'):
        pytest.skip('this version has no ToolFailed')
    child = start_program(
        CALLING
        + """
    from pydantic_ai.exceptions import ToolFailed

    @agent.tool_plain
    async def add(a: int) -> int:
        raise ToolFailed('no')

    print(agent.run_sync('x').output)
    """,
        stop_on_error=True,
    )
    child.finish()
    assert not child.stops()
    assert child.stdout == 'done\n'


def test_what_is_asked_of_a_stop_that_was_let_go_changes_nothing(start_program: StartChild) -> None:
    child = start_program(
        CALLING
        + """
    import time

    @agent.tool_plain
    async def add(a: int) -> int:
        return a

    async def main():
        async def blocks():
            # Both commands come while the loop is blocked.
            await asyncio.sleep(0.3)
            print('blocked', flush=True)
            time.sleep(1)
        asyncio.ensure_future(blocks())
        result = await agent.run('x')
        print(result.output, result.all_messages()[0].instructions, result.all_messages()[2].instructions)

    asyncio.run(main())
    """,
        stop_on_entry=True,
    )
    stopped = child.wait_for_stop()
    child.send(StepOver(stopped.run))
    stopped = child.wait_for_stop()
    assert stopped.kind == 'ModelRequestNode'
    child.wait_for(Output, lambda output: 'blocked' in output.text)
    child.send(Continue())
    for _ in range(3):
        child.send(Edit(stopped.run, None, 'instructions', 'Be late.'))
    answers = [child.wait_for((Edited, EditRefused)) for _ in range(3)]
    child.finish()
    # One that is taken is taken before the request is sent, and for that request alone.
    assert child.stdout.splitlines()[-1] == (f'done {"Be late." if isinstance(answers[0], Edited) else None} None')


def test_a_node_runs_again_with_the_history_that_a_processor_rewrote(start_program: StartChild) -> None:
    child = start_program(
        CALLING
        + """
    failed = []

    def flaky(messages, info):
        print(len(messages))
        if not failed:
            failed.append(True)
            raise ValueError('once')
        return ModelResponse(parts=[TextPart('done')])

    def last_only(messages):
        return messages[-1:]

    try:
        agent = Agent(FunctionModel(flaky), history_processors=[last_only])
    except Exception:
        from pydantic_ai.capabilities import ProcessHistory
        agent = Agent(FunctionModel(flaky), capabilities=[ProcessHistory(last_only)])
    from pydantic_ai.messages import UserPromptPart
    before = [ModelRequest(parts=[UserPromptPart('one')]), ModelResponse(parts=[TextPart('two')])]

    async def main():
        async with agent.iter('three', message_history=before) as run:
            node = run.next_node
            while type(node).__name__ != 'End':
                node = await run.next(node)
        print(len(run.result.all_messages()), len(run.result.new_messages()), run.usage)

    asyncio.run(main())
    """,
        stop_on_error=True,
    )
    stopped = child.wait_for_stop()
    assert stopped.retries
    child.send(Retry(stopped.run, stopped.call))
    let_go(child)
    print(child.stdout, child.stderr)
    assert child.stdout.splitlines()[:2] == ['1', '1']


def test_an_error_that_was_tried_again_is_no_error_of_the_run_any_more(start_program: StartChild) -> None:
    child = start_program(
        CALLING
        + """
    from pydantic_ai.capabilities import AbstractCapability

    class Seen(AbstractCapability):
        async def on_run_error(self, ctx, *, error):
            print('the run failed:', repr(error))
            raise error

    failed = []

    def flaky(messages, info):
        if not failed:
            failed.append(True)
            raise ValueError('once')
        return ModelResponse(parts=[TextPart('done')])

    agent = Agent(FunctionModel(flaky), name='flaky', capabilities=[Seen()])

    @agent.output_validator
    def check(output: str) -> str:
        if len(failed) == 1:
            failed.append(True)
            raise ValueError('twice')
        return output

    async def main():
        async with agent.iter('x') as run:
            async for node in run:
                print(type(node).__name__)
                if run.result is not None:
                    raise KeyError('own')

    try:
        asyncio.run(main())
    except KeyError as error:
        print(repr(error))
    """,
        stop_on_error=True,
    )
    while isinstance(stopped := child.wait_for((Stopped, Exited)), Stopped):
        child.send(Retry(stopped.run, stopped.call) if stopped.at == 'error' else Continue())
    child.finish()
    assert child.stdout.splitlines()[-2:] == ["the run failed: KeyError('own')", "KeyError('own')"]
