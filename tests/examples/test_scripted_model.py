"""The scripted model behaves as a real one does: streamed or whole it says the same, and it counts its tokens."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from typing import Any

import pytest
from pydantic_ai import Agent, AgentStreamEvent, PartDeltaEvent, RunContext
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ThinkingPart, ToolCallPart


@pytest.fixture
def scripted_model(load_script: Callable[[str], dict[str, Any]]) -> Any:
    load_script('weather')
    import scripted_model

    return scripted_model


def agent_with_a_tool(module: Any) -> Agent[None, str]:
    script = [
        [
            module.Think('Who? Where …\n\n"why"?'),
            module.Say('Olá, *mundo*: 1 + 1.'),
            module.Call('add', left=1, right=['ü', {'a': None}]),
            module.Call('add', left=2, right=[]),
        ],
        [module.Say('Done.')],
    ]
    agent = Agent(module.ScriptedModel('gpt-5.2', script))

    @agent.tool_plain
    def add(left: int, right: list[object]) -> int:
        return left + len(right)

    return agent


def said(messages: list[ModelMessage]) -> list[object]:
    """What the model said, without the ids of its calls."""
    said: list[object] = []
    for message in messages:
        for part in message.parts if isinstance(message, ModelResponse) else ():
            if isinstance(part, ToolCallPart):
                said.append((part.tool_name, part.args_as_dict()))
            elif isinstance(part, (TextPart, ThinkingPart)):
                said.append((part.part_kind, part.content))
    return said


async def test_it_says_the_same_streamed_and_whole(scripted_model: Any) -> None:
    deltas: list[AgentStreamEvent] = []

    async def collect(ctx: RunContext[object], events: AsyncIterable[AgentStreamEvent]) -> None:
        deltas.extend([event async for event in events if isinstance(event, PartDeltaEvent)])

    agent = agent_with_a_tool(scripted_model)
    whole = await agent.run('go')
    assert not deltas
    streamed = await agent.run('go', event_stream_handler=collect)
    assert len(deltas) > 20
    assert said(streamed.all_messages()) == said(whole.all_messages())
    assert said(whole.all_messages()) == [
        ('thinking', 'Who? Where …\n\n"why"?'),
        ('text', 'Olá, *mundo*: 1 + 1.'),
        ('add', {'left': 1, 'right': ['ü', {'a': None}]}),
        ('add', {'left': 2, 'right': []}),
        ('text', 'Done.'),
    ]


async def test_its_calls_never_share_an_id(scripted_model: Any) -> None:
    agent = agent_with_a_tool(scripted_model)
    messages = [*(await agent.run('go')).all_messages(), *(await agent.run('go')).all_messages()]
    ids = [part.tool_call_id for message in messages for part in message.parts if isinstance(part, ToolCallPart)]
    assert len(set(ids)) == len(ids) == 4


async def test_it_counts_its_input_as_the_history_grows(scripted_model: Any) -> None:
    async def follow(ctx: RunContext[object], events: AsyncIterable[AgentStreamEvent]) -> None:
        async for _ in events:
            pass

    agent = agent_with_a_tool(scripted_model)
    for handler in (None, follow):
        done = await agent.run('a question that is long enough to count', event_stream_handler=handler)
        first, second = [message.usage for message in done.all_messages() if isinstance(message, ModelResponse)]
        assert 0 < first.input_tokens < second.input_tokens
        assert first.output_tokens > second.output_tokens > 0


async def test_it_is_known_by_the_name_it_was_given(scripted_model: Any) -> None:
    done = await agent_with_a_tool(scripted_model).run('go')
    assert {message.model_name for message in done.all_messages() if isinstance(message, ModelResponse)} == {'gpt-5.2'}
