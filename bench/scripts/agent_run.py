"""Times agent runs of given sizes and prints their seconds, separated by spaces, as the last line.

Only the runs are timed: what a program needs to come up is measured elsewhere. The models answer at once, so nothing
hides what is paid around them.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import AsyncIterator
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel
from pydantic_ai.usage import UsageLimits

WORDS = ['The ', 'quick ', 'brown ', 'fox ', 'jumps. ']


class ProviderModel(FunctionModel):
    """Says by its module that it is a real provider's: the debugger streams on behalf of those alone."""

    __module__ = 'pydantic_ai.models.scripted'


def tool_calling_model(rounds: int) -> FunctionModel:
    """Calls a tool in every response but the last, in three deltas where it streams."""

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | DeltaToolCalls]:
        asked = _responses(messages)
        if asked < rounds:
            yield {0: DeltaToolCall(name='add', json_args='{"a": 1,', tool_call_id=f'call-{asked}')}
            yield {0: DeltaToolCall(json_args=f' "b": {asked}')}
            yield {0: DeltaToolCall(json_args='}')}
        else:
            for word in WORDS:
                yield word

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        asked = _responses(messages)
        if asked < rounds:
            return ModelResponse([ToolCallPart('add', f'{{"a": 1, "b": {asked}}}', f'call-{asked}')])
        return ModelResponse([TextPart(''.join(WORDS))])

    return ProviderModel(answer, stream_function=stream, model_name='scripted')


def talking_model(deltas: int) -> FunctionModel:
    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        for number in range(deltas):
            yield WORDS[number % len(WORDS)]

    return FunctionModel(stream_function=stream, model_name='scripted')


def _responses(messages: list[ModelMessage]) -> int:
    return sum(message.kind == 'response' for message in messages)


def instrumentation() -> Any:
    """pydantic-ai's own OpenTelemetry capability, with an exporter that keeps spans in memory."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from pydantic_ai.capabilities import Instrumentation
    from pydantic_ai.models.instrumented import InstrumentationSettings

    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(InMemorySpanExporter()))
    return Instrumentation(InstrumentationSettings(tracer_provider=provider))


def add(a: int, b: int) -> int:
    return a + b


async def follow(context: object, events: Any) -> None:
    async for _ in events:
        pass


async def seconds(model: FunctionModel, *, streaming: bool, instrumented: bool) -> float:
    capabilities = [instrumentation()] if instrumented else []
    agent = Agent(model, name='bench', tools=[add], capabilities=capabilities)
    gc.collect()
    started = time.perf_counter()
    await agent.run(
        'Go on.',
        event_stream_handler=follow if streaming else None,
        usage_limits=UsageLimits(request_limit=None),
    )
    return time.perf_counter() - started


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('shape', choices=['rounds', 'deltas'])
    parser.add_argument('sizes', type=int, nargs='+')
    parser.add_argument('--no-handler', action='store_true', help='the script streams nothing')
    parser.add_argument('--instrumented', action='store_true')
    options = parser.parse_args()
    model = tool_calling_model if options.shape == 'rounds' else talking_model
    times = [
        await seconds(model(size), streaming=not options.no_handler, instrumented=options.instrumented)
        for size in options.sizes
    ]
    print(*times)


if __name__ == '__main__':
    asyncio.run(main())
