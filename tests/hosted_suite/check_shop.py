"""What an ordinary project tests; one test fails and one cannot be set up, for the report's sake."""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections.abc import AsyncIterator

import pytest
from pydantic_ai import Agent, UnexpectedModelBehavior, UsageLimitExceeded, capture_run_messages
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.usage import UsageLimits
from shop import Basket, Shop, cashier, clerk, seller


def sells(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """Asks for a price, sells, and says so."""
    answers = [part for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
    if not answers:
        return ModelResponse(parts=[ToolCallPart('price', {'fruit': 'apple'})])
    if len(answers) == 1:
        return ModelResponse(parts=[ToolCallPart('sell', {'fruit': 'apple'})])
    return ModelResponse(parts=[TextPart(f'an apple for {answers[0].content}')])


async def streams(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | dict[int, DeltaToolCall]]:
    if len(messages) == 1:
        yield {0: DeltaToolCall(name='price', json_args='{"fruit": ')}
        yield {0: DeltaToolCall(json_args='"pear"}')}
        return
    for word in ('a ', 'pear ', 'it ', 'is'):
        yield word


def insists(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    return ModelResponse(parts=[ToolCallPart('price', {'fruit': 'kiwi'})])


def fails(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    raise ConnectionError('the line is dead')


def test_a_run_with_a_function_model(shop: Shop) -> None:
    with seller.override(model=FunctionModel(sells)):
        result = seller.run_sync('an apple, please', deps=shop)
    assert result.output == 'an apple for 3'
    assert shop.sold == ['apple']
    assert result.usage is not None


def test_the_test_model_calls_every_tool(shop: Shop) -> None:
    shop.prices['a'] = 1
    with seller.override(model=TestModel()), clerk.override(model=TestModel(custom_output_text='yes')):
        output = seller.run_sync('x', deps=shop).output
    assert output == '{"price":1,"sell":"sold a","ask_clerk":"yes"}'


@pytest.mark.parametrize('tools', [[], ['sell'], ['sell', 'ask_clerk']], ids=['none', 'one', 'two'])
def test_only_some_tools_are_called(shop: Shop, tools: list[str]) -> None:
    model = TestModel(call_tools=tools)
    with seller.override(model=model), clerk.override(model=TestModel()):
        result = seller.run_sync('x', deps=shop)
    called = [
        part.tool_name for message in result.all_messages() for part in message.parts if part.part_kind == 'tool-call'
    ]
    assert called == tools
    assert model.last_model_request_parameters is not None
    assert len(model.last_model_request_parameters.function_tools) == 3


@pytest.mark.parametrize('fruit', ['apple', 'pear'])
@pytest.mark.parametrize('count', [1, 2])
def test_history_grows_with_each_run(shop: Shop, fruit: str, count: int) -> None:
    history: list[ModelMessage] = []
    with seller.override(model=TestModel(call_tools=[], custom_output_text=fruit)):
        for _ in range(count):
            history = seller.run_sync(fruit, deps=shop, message_history=history).all_messages()
    assert len(history) == 2 * count
    assert all(isinstance(message, ModelRequest) for message in history[::2])


def test_structured_output(shop: Shop) -> None:
    with cashier.override(model=TestModel(custom_output_args={'items': ['apple'], 'total': 3})):
        assert cashier.run_sync('x', deps=shop).output == Basket(items=['apple'], total=3)


def test_an_output_that_is_refused_is_asked_for_again(shop: Shop) -> None:
    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        total = -1 if len(messages) == 1 else 1
        return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, {'items': [], 'total': total})])

    with cashier.override(model=FunctionModel(answer)):
        result = cashier.run_sync('x', deps=shop)
    assert result.output.total == 1
    assert sum(isinstance(message, ModelResponse) for message in result.all_messages()) == 2


def test_a_retry_that_never_ends_is_an_error_with_its_messages(shop: Shop) -> None:
    with (
        seller.override(model=FunctionModel(insists)),
        capture_run_messages() as messages,
        pytest.raises(UnexpectedModelBehavior, match='price'),
    ):
        seller.run_sync('a kiwi', deps=shop)
    assert sum('no kiwi here' in str(message) for message in messages) == 1


def test_messages_are_captured(shop: Shop) -> None:
    with seller.override(model=FunctionModel(sells)), capture_run_messages() as messages:
        result = seller.run_sync('x', deps=shop)
    assert messages == result.all_messages()
    assert len(messages) == 6


def test_an_exception_of_the_model_is_the_same_object(shop: Shop) -> None:
    with seller.override(model=FunctionModel(fails)), pytest.raises(ConnectionError, match='dead') as caught:
        seller.run_sync('x', deps=shop)
    assert caught.traceback[-1].name == 'fails'
    assert not any('pydantic_ai_debug' in str(entry.path) for entry in caught.traceback)


def test_usage_limits(shop: Shop) -> None:
    with seller.override(model=FunctionModel(sells)), pytest.raises(UsageLimitExceeded):
        seller.run_sync('x', deps=shop, usage_limits=UsageLimits(request_limit=2))


def test_deps_are_overridden(shop: Shop) -> None:
    rich = Shop(prices={'apple': 100})
    with seller.override(model=FunctionModel(sells), deps=rich):
        assert seller.run_sync('x', deps=shop).output == 'an apple for 100'
    assert rich.sold == ['apple']
    assert shop.sold == []


def test_an_agent_takes_its_name_from_its_variable() -> None:
    nameless = Agent(TestModel())
    nameless.run_sync('x')
    assert nameless.name == 'nameless'


def test_warnings_of_the_program_are_seen() -> None:
    with pytest.warns(UserWarning, match='careful'):
        warnings.warn('careful', stacklevel=1)


def test_output_is_captured(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    agent = Agent(TestModel())

    @agent.tool_plain
    def shout() -> str:
        print('out loud')
        print('in error', file=sys.stderr)
        return 'done'

    agent.run_sync('x')
    assert capsys.readouterr() == ('out loud\n', 'in error\n')


@pytest.mark.asyncio
async def test_a_run_in_a_loop(shop: Shop) -> None:
    with seller.override(model=FunctionModel(sells)):
        assert (await seller.run('x', deps=shop)).output == 'an apple for 3'


@pytest.mark.asyncio
async def test_a_streamed_run(shop: Shop) -> None:
    with seller.override(model=FunctionModel(stream_function=streams)):
        async with seller.run_stream('x', deps=shop) as result:
            parts = [part async for part in result.stream_text(delta=True, debounce_by=None)]
    assert parts == ['a ', 'pear ', 'it ', 'is']


@pytest.mark.asyncio
async def test_the_events_of_a_run(shop: Shop) -> None:
    kinds: list[str] = []

    async def collect(ctx: object, events: object) -> None:
        kinds.extend([event.event_kind async for event in events])

    with seller.override(model=FunctionModel(stream_function=streams)):
        await seller.run('x', deps=shop, event_stream_handler=collect)
    assert kinds.count('function_tool_call') == kinds.count('function_tool_result') == 1
    assert 'final_result' in kinds


@pytest.mark.asyncio
async def test_the_nodes_of_a_run(shop: Shop) -> None:
    with seller.override(model=FunctionModel(sells)):
        async with seller.iter('x', deps=shop) as run:
            kinds = [type(node).__name__ async for node in run]
    assert kinds == ['UserPromptNode', *['ModelRequestNode', 'CallToolsNode'] * 3, 'End']


@pytest.mark.asyncio
async def test_runs_side_by_side(shop: Shop) -> None:
    with seller.override(model=FunctionModel(sells)):
        results = await asyncio.gather(*(seller.run('x', deps=Shop()) for _ in range(5)))
    assert {result.output for result in results} == {'an apple for 3'}


@pytest.mark.asyncio
async def test_a_run_that_takes_too_long_is_cancelled() -> None:
    async def sleeps(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        await asyncio.sleep(60)
        raise AssertionError

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(Agent(FunctionModel(sleeps)).run('x'), 0.05)


@pytest.mark.anyio
async def test_a_run_under_anyio(shop: Shop) -> None:
    with seller.override(model=FunctionModel(sells)):
        assert (await seller.run('x', deps=shop)).output == 'an apple for 3'


@pytest.mark.anyio
@pytest.mark.parametrize('question', ['why?', 'how?'])
async def test_an_agent_inside_a_tool(shop: Shop, question: str) -> None:
    def asks(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        if len(messages) == 1:
            return ModelResponse(parts=[ToolCallPart('ask_clerk', {'question': question})])
        return ModelResponse(parts=[TextPart(str(messages[-1].parts[0].content))])

    with seller.override(model=FunctionModel(asks)), clerk.override(model=TestModel(custom_output_text=question[::-1])):
        assert (await seller.run('x', deps=shop)).output == question[::-1]


@pytest.mark.xfail(reason='the shop has no kiwis')
def test_kiwis(shop: Shop) -> None:
    assert 'kiwi' in shop.prices


@pytest.mark.skip(reason='the shop is closed')
def test_at_night() -> None:
    raise AssertionError


def test_that_fails_in_a_tool(shop: Shop) -> None:
    agent = Agent(TestModel(), deps_type=Shop)

    @agent.tool_plain
    def divide(by: int) -> float:
        return 1 / by

    agent.run_sync('x', deps=shop)


def test_that_cannot_be_set_up(broken: None) -> None:
    pass
