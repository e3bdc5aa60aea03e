"""Traps of pydantic-ai that runs meet: each is told once, and not where it is none."""

from __future__ import annotations

from itertools import chain

import pytest
from pydantic_ai.result import AgentStream
from pydantic_ai.usage import RunUsage

from pydantic_ai_debug.debuggee.hints import Hints
from pydantic_ai_debug.protocol.events import Fault, Hint, RunStarted, ToolStarted

from .conftest import Child, StartChild

pytestmark = pytest.mark.oldest_and_newest

SCRIPT = """
import asyncio
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, UsageLimits
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import DeltaToolCall, FunctionModel


class Answer(BaseModel):
    number: int


def turns(*parts, last='done', **fields):
    'A model that answers with these parts in turn, then in words.'
    def answer(messages, info):
        turn = sum(message.kind == 'response' for message in messages)
        found = parts[turn] if turn < len(parts) else TextPart(last)
        return ModelResponse(parts=found if isinstance(found, list) else [found], **fields)

    async def stream(messages, info):
        for place, part in enumerate(answer(messages, info).parts):
            if part.part_kind == 'text':
                for word in part.content.split():
                    yield word + ' '
            else:
                yield {place: DeltaToolCall(part.tool_name, part.args_as_json_str(), tool_call_id=part.tool_call_id)}

    return FunctionModel(answer, stream_function=stream)
"""


def told(child: Child) -> list[tuple[str, str]]:
    child.finish()
    assert not child.all(Fault), child.all(Fault)
    return [(hint.run, hint.hint) for hint in child.all(Hint)]


def told_by_each(start_program: StartChild, *sources: str) -> tuple[Child, list[list[str]]]:
    """What the one run of each script is told, the scripts in one child one after the other."""
    child = start_program('\n'.join(sources))
    hints = told(child)
    runs = [f'r{number}' for number in range(1, len(sources) + 1)]
    assert [started.run for started in child.all(RunStarted)] == runs, child.stderr
    return child, [[hint for run, hint in hints if run == one] for one in runs]


def text(child: Child) -> str:
    (hint,) = child.all(Hint)
    return hint.text


def calls(*args: str, retries: int = 1, body: str = "return 'fine'") -> str:
    parts = ', '.join(f"ToolCallPart('look', {one}, tool_call_id='c{place}')" for place, one in enumerate(args))
    return f"""{SCRIPT}
agent = Agent(turns({parts}))

@agent.tool_plain(retries={retries})
async def look(at: str = '') -> str:
    {body}
"""


RUN = "print(agent.run_sync('go').output)"


def test_a_call_that_is_repeated_is_told_with_the_third(start_program: StartChild) -> None:
    child = start_program(calls("{'at': 'a'}", '\'{"at":  "a"}\'', "{'at': 'b'}", "{'at': 'a'}", "{'at': 'a'}") + RUN)
    assert told(child) == [('r1', 'repeated_call')]
    assert 'look for the third time' in text(child)
    before = child.events[: child.events.index(child.all(Hint)[0])]
    assert [event.call for event in before if isinstance(event, ToolStarted)] == ['c0', 'c1', 'c2']


def test_calls_with_other_arguments_are_no_repetition(start_program: StartChild) -> None:
    child = start_program(calls("{'at': 'a'}", "{'at': 'b'}", "{'at': 'c'}", "{'at': 'a'}") + RUN)
    assert told(child) == []


def test_hints_are_turned_off(start_program: StartChild) -> None:
    assert told(start_program(calls('{}', '{}', '{}') + RUN, hints=False)) == []


def test_a_response_that_the_token_limit_cut_is_told(start_program: StartChild) -> None:
    sources = [f"{SCRIPT}\nagent = Agent(turns(finish_reason='{reason}'))\n{RUN}" for reason in ('length', 'stop')]
    assert told_by_each(start_program, *sources)[1] == [['cut_by_token_limit'], []]


NEAR = {
    'request_limit=5': ['4 of the 5 requests that UsageLimits(request_limit)'],
    'request_limit=6': [],
    'request_limit=None': [],
    'tool_calls_limit=5': ['4 of the 5 tool calls that UsageLimits(tool_calls_limit)'],
    'tool_calls_limit=6, total_tokens_limit=100000': [],
}


def test_usage_that_nears_a_limit_is_told(start_program: StartChild) -> None:
    source = calls("{'at': 'a'}", "{'at': 'b'}", "{'at': 'c'}", "{'at': 'd'}")
    runs = [f"{source}\nprint(agent.run_sync('go', usage_limits=UsageLimits({limits})).output)" for limits in NEAR]
    child, hints = told_by_each(start_program, *runs)
    assert hints == [['usage_near_limit'] * len(expected) for expected in NEAR.values()]
    assert [hint.text.partition(' allows')[0] for hint in child.all(Hint)] == [*chain.from_iterable(NEAR.values())]


@pytest.mark.parametrize('limits', [None, 5, object()])
def test_limits_that_are_none_are_near_nothing(limits: object) -> None:
    assert list(Hints().usage(RunUsage(requests=9), limits)) == []


def test_the_last_retry_of_a_tool_is_told(start_program: StartChild) -> None:
    body = '\n    '.join(["if at in 'ab':", "    raise ModelRetry('elsewhere')", "return 'fine'"])
    sources = [
        calls("{'at': 'a'}", "{'at': 'b'}", "{'at': 'c'}", retries=retries, body=body) + RUN for retries in (2, 3)
    ]
    child, hints = told_by_each(start_program, *sources)
    assert hints == [['retries_nearly_used'], []]
    assert 'look again for the last time: 2 of 2 retries' in text(child)


def test_the_last_retry_of_the_output_is_told(start_program: StartChild) -> None:
    sources = [
        f"""{SCRIPT}
agent = Agent(turns(TextPart('no')), retries={retries})

@agent.output_validator
def check(output: str) -> str:
    if output == 'no':
        raise ModelRetry('yes')
    return output
{RUN}
"""
        for retries in (1, 2)
    ]
    child, hints = told_by_each(start_program, *sources)
    assert hints == [['retries_nearly_used'], []]
    assert 'the output again for the last time' in text(child)


BOTH = f"""{SCRIPT}
model = turns([
    ToolCallPart('final_result', {{'number': 3}}, tool_call_id='f'), ToolCallPart('look', {{}}, tool_call_id='c'),
])
agent = Agent(model, output_type=Answer, end_strategy=STRATEGY)

@agent.tool_plain
def look() -> str:
    return 'fine'

async def main():
    async with agent.run_stream('go') as result:
        print(await result.get_output())
"""


@pytest.mark.parametrize('run', [RUN, 'asyncio.run(main())'], ids=['whole', 'streamed'])
def test_skipped_calls_are_told(start_program: StartChild, run: str) -> None:
    sources = [BOTH.replace('STRATEGY', repr(strategy)) + run for strategy in ('early', 'exhaustive')]
    child, hints = told_by_each(start_program, *sources)
    assert hints == [['skipped_calls'], []]
    assert text(child).startswith('look did not run')
    assert ('run_stream' in text(child)) == (run != RUN)


STREAMED = f"""{SCRIPT}
agent = Agent(turns(last='one two three four'))

async def main():
    async with agent.run_stream('go') as result:
        async for text in result.stream_text(debounce_by=None):
            print(text)
            BREAK

asyncio.run(main())
"""


def test_a_stream_that_is_left_early_is_told(start_program: StartChild) -> None:
    sources = [STREAMED.replace('BREAK', then) for then in ('break', 'pass')]
    assert told_by_each(start_program, *sources)[1] == [['stream_left_early'], []]


def test_a_stream_that_fails_is_not_left_early(start_program: StartChild) -> None:
    assert told(start_program(STREAMED.replace('BREAK', "raise OSError('gone')"))) == []


WORDS = ' '.join(map(str, range(40)))

READ = f"""{SCRIPT}
async def slowly(messages, info):
    for word in {WORDS!r}.split():
        await asyncio.sleep(0.001)
        yield word + ' '

agent = Agent(FunctionModel(stream_function=slowly))

async def read(stream, most=100):
    async for _ in stream:
        most -= 1
        if not most:
            break

async def main():
    async with agent.run_stream('go') as result:
        READ
        print(await result.get_output())

asyncio.run(main())
"""


@pytest.mark.parametrize('debounce', ['None', '0.1'])
def test_consumers_that_read_one_stream_at_the_same_time_are_told(start_program: StartChild, debounce: str) -> None:
    reader = f'read(result.stream_text(debounce_by={debounce}))'
    child = start_program(READ.replace('READ', f'await asyncio.gather({reader}, {reader})'))
    # 1.85.1 fails the second consumer.
    assert told(child)[:1] == [('r1', 'two_consumers')]
    assert 'a consumer gets only some' in child.all(Hint)[0].text


LETS_TAKE_TURNS = '_anext_lock' in AgentStream.__dataclass_fields__


@pytest.mark.skipif(not LETS_TAKE_TURNS, reason='this version refuses a consumer while one that left still waits')
@pytest.mark.parametrize('debounce', ['None', '0.001'])
def test_consumers_that_read_a_stream_one_after_the_other_are_none_of_two(
    start_program: StartChild, debounce: str
) -> None:
    child = start_program(
        READ.replace('READ', f'for _ in range(12): await read(result.stream_text(debounce_by={debounce}), 1)')
    )
    assert told(child) == []


@pytest.mark.skipif(not LETS_TAKE_TURNS, reason='this version refuses a consumer while one that left still waits')
def test_a_consumer_that_gives_up_waiting_and_begins_again_is_none_of_two(start_program: StartChild) -> None:
    child = start_program(
        READ.replace(
            'READ',
            """for seconds in (0.001, 0.002, 0.003, 0.004, 0.005):
            try:
                await asyncio.wait_for(read(result.stream_text(debounce_by=0.002)), seconds)
            except (TimeoutError, asyncio.TimeoutError):
                pass""",
        )
    )
    assert told(child) == []


def test_a_run_that_is_left_between_its_nodes_leaves_no_stream(start_program: StartChild) -> None:
    child = start_program(f"""{SCRIPT}
agent = Agent(turns(last='one two three'))

async def main():
    async with agent.iter('go') as run:
        async for node in run:
            if Agent.is_model_request_node(node):
                async with node.stream(run.ctx) as stream:
                    async for _ in stream:
                        pass
                break

asyncio.run(main())
""")
    assert told(child) == []


VALIDATED = f"""{SCRIPT}
agent = Agent(turns(last='one two three four'))

@agent.output_validator
def check(ctx, output: str) -> str:
    if not ctx.partial_output and output.strip() != EXPECTED:
        raise ModelRetry('another')
    return output

async def main():
    async with agent.run_stream('go') as result:
        async for part in result.stream_output(debounce_by=None):
            print(part)

asyncio.run(main())
"""


def test_output_that_is_refused_after_it_has_streamed_is_told(start_program: StartChild) -> None:
    sources = [VALIDATED.replace('EXPECTED', repr(output)) for output in ('one two three four', 'one')]
    assert told_by_each(start_program, *sources)[1] == [[], ['validated_at_end']]


@pytest.mark.parametrize('method', ['run_sync', 'run_stream_sync'])
def test_a_blocking_call_in_a_running_loop_is_told(start_program: StartChild, method: str) -> None:
    body = f"return str(agent.{method}('inside'))"
    child = start_program(calls('{}', body=body) + RUN)
    assert told(child) == [('r1', 'sync_stream_in_loop')]
    assert text(child).startswith(method)


def test_a_loop_that_the_program_runs_twice_itself_is_no_trap_of_pydantic_ai(start_program: StartChild) -> None:
    body = 'asyncio.get_running_loop().run_until_complete(asyncio.Future())'
    assert told(start_program(calls('{}', body=body) + RUN)) == []


def test_every_run_is_told_by_itself(start_program: StartChild) -> None:
    child = start_program(calls('{}', '{}', '{}', '{}') + RUN + '\n' + RUN)
    assert told(child) == [('r1', 'repeated_call'), ('r2', 'repeated_call')]


def test_structured_output_that_is_refused_after_it_has_streamed_is_told(start_program: StartChild) -> None:
    child = start_program(f"""{SCRIPT}
agent = Agent(turns(ToolCallPart('final_result', {{'number': 'many'}}, tool_call_id='f')), output_type=Answer)

async def main():
    async with agent.run_stream('go') as result:
        async for part in result.stream_output(debounce_by=None):
            print(part)

asyncio.run(main())
""")
    assert told(child) == [('r1', 'validated_at_end')]
