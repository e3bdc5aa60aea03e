"""Conversations, overrides, wrapped agents, content of every kind, spans: the same as without a debugger."""

from __future__ import annotations

import importlib.util

import pytest

from pydantic_ai_debug.protocol.events import Messages, RunStarted

from .conftest import SameAsPlain, StartChild, endings, outcomes

CONVERSATION = """
    import asyncio, json
    from dataclasses import dataclass
    from adder import *
    from pydantic_ai import *

    @dataclass
    class Account:
        owner: str
        money: int = 0

        def __repr__(self):
            print('never for a debugger')
            return 'Account()'

        def __eq__(self, other):
            print('never compared')
            return True

        @property
        def secret(self):
            print('never read')

    teller = Agent(model, deps_type=Account, instructions='be brief', system_prompt='be kind')

    @teller.tool
    def add(ctx: RunContext[Account], a: int, b: int) -> int:
        ctx.deps.money += a + b
        print(ctx.deps.owner, ctx.run_step, len(ctx.messages), type(ctx.model).__name__, ctx.model is model, ctx.usage.requests)
        print(getattr(ctx, 'metadata', None), getattr(ctx, 'conversation_id', None) == 'talk-1')
        return ctx.deps.money

    @teller.instructions
    def more(ctx: RunContext[Account]) -> str:
        return 'for ' + ctx.deps.owner

    account, usage = Account('Ada'), RunUsage()
    import inspect
    options = {'metadata': {'ticket': 7}, 'conversation_id': 'talk-1'}
    options = {name: value for name, value in options.items() if name in inspect.signature(teller.run).parameters}
    first = teller.run_sync('add', deps=account, usage=usage, **options)
    second = teller.run_sync('again', deps=account, usage=usage, message_history=first.all_messages(), **options)
    print(account.money, usage == second.usage if not callable(second.usage) else usage == second.usage(), usage)
    print(len(first.all_messages()), len(second.all_messages()), len(second.new_messages()))
    print(getattr(second, 'metadata', None), getattr(second, 'conversation_id', None))
    restored = ModelMessagesTypeAdapter.validate_json(second.all_messages_json())
    print(restored == second.all_messages(), [type(message).__name__ for message in restored])
    third = teller.run_sync(message_history=restored[:1], deps=account, instructions='now') if 'instructions' in options else None

    for deps in (None, 3, 'text', [1], object, {'a': Account('b')}, lambda: 1):
        print(adder.run_sync('add', deps=deps).output)

    async def main():
        with capture_run_messages() as messages:
            async with teller.iter('add', deps=account) as run:
                async for node in run:
                    pass
        print(messages == run.result.all_messages(), run.result.output, run.ctx.deps.user_deps is account, run.ctx.state.run_step)

    asyncio.run(main())
"""

OVERRIDES = """
    import asyncio
    from adder import *
    from pydantic_ai import *
    from pydantic_ai.agent import WrapperAgent
    from pydantic_ai.models.test import TestModel
    from pydantic_ai.toolsets import FunctionToolset

    def multiply(a: int, b: int) -> int:
        print('multiplying')
        return a * b

    test = TestModel()
    with adder.override(model=test, deps='other', toolsets=[FunctionToolset([multiply])], tools=[]):
        print(adder.run_sync('multiply', deps='mine').output)
    print([tool.name for tool in test.last_model_request_parameters.function_tools])
    print(adder.model is model, adder.run_sync('add').output)
    other = TestModel(custom_output_text='other')
    result = adder.run_sync('add', model=other)
    print(result.output, other.last_model_request_parameters.allow_text_output, result.response.model_name)

    class Loud(WrapperAgent):
        def iter(self, *args, **kwargs):
            print('iter', args, sorted(key for key, value in kwargs.items() if value))
            return super().iter(*args, **kwargs)

    class Own(Agent):
        async def run(self, *args, **kwargs):
            print('own run')
            return await super().run(*args, **kwargs)

        def iter(self, *args, **kwargs):
            print('own iter')
            return super().iter(*args, **kwargs)

    print(WrapperAgent(adder).run_sync('add').output)
    loud = Loud(adder)
    print(loud.run_sync('add').output, loud.name)
    own = Own(model)
    own.tool_plain(add)
    print(own.run_sync('add').output, own.name)

    async def main():
        async with Loud(adder).run_stream('add') as response:
            print(await response.get_output())
        async with loud:
            async with loud.iter('add') as run:
                print(type(run).__name__, [type(node).__name__ async for node in run])

    asyncio.run(main())
"""

CONTENT = """
    import asyncio
    from pydantic_ai import *
    from pydantic_ai import messages as kinds
    from pydantic_ai.messages import *
    from pydantic_ai.models.function import FunctionModel
    from speaker import *

    NativeCall = getattr(kinds, 'NativeToolCallPart', None) or kinds.BuiltinToolCallPart
    NativeReturn = getattr(kinds, 'NativeToolReturnPart', None) or kinds.BuiltinToolReturnPart
    pixel = BinaryContent(bytes(range(256)), media_type='image/png')

    def searching(messages, info):
        if len(messages) == 1:
            return ModelResponse(parts=[
                NativeCall('web_search', {'query': 'x'}, tool_call_id='n1', provider_name='function'),
                NativeReturn('web_search', {'hits': 2}, tool_call_id='n1', provider_name='function'),
                ToolCallPart('photo', {}, tool_call_id='c1'), ToolCallPart('chart', {}, tool_call_id='c2'),
            ])
        return ModelResponse(parts=[ThinkingPart('hm', signature='s'), TextPart('two hits')])

    async def searching_stream(messages, info):
        if len(messages) == 1:
            yield {0: NativeCall('web_search', {'query': 'x'}, tool_call_id='n1', provider_name='function')}
            yield {1: NativeReturn('web_search', {'hits': 2}, tool_call_id='n1', provider_name='function')}
            yield {2: DeltaToolCall(name='photo', json_args='{}', tool_call_id='c1')}
            yield {3: DeltaToolCall(name='chart', json_args='{}', tool_call_id='c2')}
            return
        yield 'two hits'

    agent = Agent(FunctionModel(searching, stream_function=searching_stream))

    @agent.tool_plain
    def photo() -> BinaryContent:
        return pixel

    @agent.tool_plain
    def chart() -> ToolReturn:
        return ToolReturn('drawn', content=['see', pixel, ImageUrl('https://example.com/a.png')], metadata={'size': 3})

    prompt = ['look', pixel, ImageUrl('https://example.com/b.png'), DocumentUrl('https://example.com/c.pdf')]
    result = agent.run_sync(prompt)
    print(result.output)
    for message in result.all_messages():
        print([(part.part_kind, str(getattr(part, 'content', ''))[:40]) for part in message.parts])
    print(len(result.all_messages_json()) > 1000, prompt[1] is result.all_messages()[0].parts[0].content[1])

    async def main():
        try:
            async with agent.run_stream(prompt) as response:
                print(await response.get_output())
        except Exception as error:
            print(type(error).__name__, error)
        if hasattr(kinds, 'BinaryImage'):
            image = kinds.BinaryImage(bytes(range(256)), media_type='image/png')
            drawing = FunctionModel(lambda messages, info: ModelResponse(parts=[kinds.FilePart(image)]),
                                    profile={'supports_image_output': True})
            try:
                painted = (await Agent(drawing, output_type=kinds.BinaryImage).run('draw')).output
                print(type(painted).__name__, painted.data == image.data)
            except Exception as error:
                print(type(error).__name__, error)

    asyncio.run(main())
"""

SPANS = """
    import asyncio
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from adder import *
    from pydantic_ai import *
    from pydantic_ai.models.instrumented import InstrumentationSettings

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    settings = InstrumentationSettings(tracer_provider=provider)

    def show():
        changing = ('run_id', 'conversation', 'agent.call.id', 'traceback', 'time_to_first')
        for span in exporter.get_finished_spans():
            print(span.name, span.kind.name, span.status.status_code.name, span.parent is not None)
            for name, value in sorted(span.attributes.items()):
                if not any(word in name for word in changing):
                    print('   ', name, value)
            for event in span.events:
                print('   ', event.name, event.attributes.get('exception.stacktrace'))
        exporter.clear()

    async def main():
        await adder.run('add')
        show()
        async with adder.run_stream('add') as response:
            await response.get_output()
        show()
        try:
            await adder.run('add', usage_limits=UsageLimits(request_limit=1))
        except UsageLimitExceeded:
            show()

    Agent.instrument_all(settings)
    asyncio.run(main())
    Agent.instrument_all(False)
    try:
        from pydantic_ai.capabilities import Instrumentation
        own = Agent(model, capabilities=[Instrumentation(settings)])
    except ImportError:
        own = Agent(model, instrument=settings)
    own.tool_plain(add)
    own.run_sync('add')
    show()
"""

CLI = """
    import os
    from adder import *

    reading, writing = os.pipe()
    os.write(writing, b'add\\n/exit\\n')
    os.close(writing)
    os.dup2(reading, 0)
    adder.to_cli_sync(prog_name='chat')
    print('bye')
"""

SCRIPTS = {
    'a conversation': CONVERSATION,
    'overrides and wrapped agents': OVERRIDES,
    'native tools, images and other content': CONTENT,
    'instrumented agents': SPANS,
}


def test_a_conversation_goes_on_and_its_deps_are_left_alone(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(CONVERSATION)
    assert 'never' not in child.stdout
    assert set(endings(child).values()) == {'finished'}
    # The second run begins with the messages of the first.
    first = next(event for event in child.all(Messages) if event.run == 'r2')
    assert [message['kind'] for message in first.added] == ['request', 'response', 'request', 'response']


def test_overrides_and_wrapped_agents_are_shown_as_they_run(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(OVERRIDES)
    started = child.all(RunStarted)
    assert [run.model for run in started][:4] == ['test', 'scripted', 'test', 'scripted']
    assert {run.agent for run in started} == {'adder', 'own'}
    assert outcomes(child) == [('multiply', 'returned'), *[('add', 'returned')] * (len(started) - 1)]


def test_content_of_every_kind_is_in_the_history(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(CONTENT)
    parts = [part for event in child.all(Messages) for message in event.added for part in message['parts']]
    assert {'builtin-tool-call', 'builtin-tool-return', 'tool-return', 'user-prompt'} <= {
        part['part_kind'].replace('native', 'builtin') for part in parts
    }
    assert sorted(outcomes(child, 'r1')) == [('chart', 'returned'), ('photo', 'returned')]
    prompt = child.all(RunStarted)[0].prompt
    assert isinstance(prompt, list)
    assert [item if isinstance(item, str) else item['kind'] for item in prompt] == [
        'look',
        'binary',
        'image-url',
        'document-url',
    ]


@pytest.mark.skipif(importlib.util.find_spec('opentelemetry.sdk') is None, reason='spans are exported by the SDK')
def test_spans_of_instrumented_agents_are_the_same(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(SPANS)
    assert endings(child) == {'r1': 'finished', 'r2': 'finished', 'r3': 'failed', 'r4': 'finished'}


@pytest.mark.skipif(importlib.util.find_spec('prompt_toolkit') is None, reason='the chat needs prompt-toolkit')
def test_a_chat_in_the_terminal_is_shown(start_child: StartChild) -> None:
    # How often it draws its prompt is a matter of time: what it prints differs from run to run without us too.
    child = start_child(CLI)
    child.finish()
    assert child.stdout.endswith('bye\n')
    assert endings(child) == {'r1': 'finished'}
    assert outcomes(child) == [('add', 'returned')]
