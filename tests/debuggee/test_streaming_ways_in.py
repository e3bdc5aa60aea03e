"""Every way to stream a run shows its events, and gives the program what it gives without a debugger."""

from __future__ import annotations

from pydantic_ai_debug.protocol.events import RunFailed, RunFinished, Stream

from .conftest import Child, SameAsPlain, endings, outcomes

READINGS = """
    import asyncio
    from adder import *
    from pydantic_ai import *

    def called(value):
        return value() if type(value).__name__ == 'method' else value

    async def read(read_all):
        async with adder.run_stream('add') as response:
            print(response.is_complete)
            async for piece in read_all(response):
                print(repr(piece) if isinstance(piece, str) else '')
            print(response.is_complete, called(response.usage))
            kinds = [message.kind for message in response.all_messages()]
            print(kinds, len(response.new_messages()), await response.get_output())

    async def messages(response):
        pieces = response.stream_response if hasattr(response, 'stream_response') else response.stream_responses
        async for message in pieces(debounce_by=None):
            if isinstance(message, tuple):
                message, last = message
                print(last, end=' ')
            print([getattr(part, 'content', part) for part in message.parts], end=' ')
            yield None

    asyncio.run(read(lambda response: response.stream_text(delta=True, debounce_by=None)))
    asyncio.run(read(lambda response: response.stream_text(debounce_by=None)))
    asyncio.run(read(lambda response: response.stream_output(debounce_by=None)))
    asyncio.run(read(messages))
"""

STRUCTURED = """
    import asyncio
    from pydantic import BaseModel, ValidationError
    from pydantic_ai import *
    from speaker import *

    class City(BaseModel):
        name: str
        people: int = 0
        sights: list[str] = []

    berlin = {'name': 'Berlin', 'people': 3_700_000, 'sights': ['tower', 'river']}
    model = speaker(
        [call('final_result', {'people': 'many'}, 'c1')],
        [call('final_result', berlin, 'c2'), call('note', {'text': 'late'}, 'c3')],
    )
    agent = Agent(model, output_type=City, retries=2, end_strategy='exhaustive')

    @agent.tool_plain
    def note(text: str) -> str:
        print('noting', text)
        return 'noted'

    @agent.output_validator
    def check(ctx, city: City) -> City:
        print('checking', ctx.partial_output, city)
        return city

    async def main():
        try:
            async with agent.run_stream('where?') as response:
                async for city in response.stream_output(debounce_by=None):
                    print(type(city).__name__, city)
        except Exception as error:
            print(type(error).__name__, error)
        agent.model = speaker(
            [call('note', {'text': 'early'}, 'c1')],
            [call('final_result', berlin, 'c2'), call('note', {'text': 'late'}, 'c3')],
        )
        async with agent.run_stream('where?') as response:
            async for city in response.stream_output(debounce_by=None):
                print(type(city).__name__, city)
            print(await response.get_output())
        for part in response.all_messages()[-1].parts:
            print(part.part_kind, part.tool_name, part.content)

    asyncio.run(main())
"""

LEFT_EARLY = """
    import asyncio, traceback
    from adder import *

    async def by_break():
        async with adder.run_stream('add') as response:
            async for piece in response.stream_text(delta=True, debounce_by=None):
                print(repr(piece))
                break
            print(response.is_complete)

    async def by_exception():
        try:
            async with adder.run_stream('add') as response:
                async for piece in response.stream_text(delta=True, debounce_by=None):
                    raise KeyError(piece)
        except KeyError:
            traceback.print_exc()

    async def unread():
        async with adder.run_stream('add') as response:
            print(response.is_complete)

    async def by_cancelling():
        async with adder.run_stream('add') as response:
            if hasattr(response, 'cancel'):
                async for piece in response.stream_text(delta=True, debounce_by=None):
                    print(repr(piece))
                    await response.cancel()
                print(response.cancelled, response.response.state, response.response.text)

    asyncio.run(by_break())
    asyncio.run(by_exception())
    asyncio.run(unread())
    asyncio.run(by_cancelling())
"""

WITHOUT_A_LOOP = """
    from adder import *

    whole = adder.run_stream_sync('add')
    for text in whole.stream_text(debounce_by=None):
        print(repr(text))
    print(whole.get_output(), len(whole.all_messages()))

    left = adder.run_stream_sync('add')
    for text in left.stream_text(delta=True, debounce_by=None):
        print(repr(text))
        break
    print(left.is_complete)
"""

EVENTS = """
    import asyncio, contextlib
    from adder import *

    @contextlib.asynccontextmanager
    async def opened(events):
        if hasattr(events, '__aenter__'):
            async with events as entered:
                yield entered
        else:
            async with contextlib.aclosing(events):
                yield events

    async def main(until):
        async with opened(adder.run_stream_events('add')) as events:
            async for event in events:
                print(type(event).__name__)
                if type(event).__name__ == until:
                    break

    async def dropped():
        async for event in adder.run_stream_events('add'):
            print(type(event).__name__)
            break

    asyncio.run(main(None))
    asyncio.run(main('FunctionToolCallEvent'))
    if not hasattr(adder.run_stream_events('add'), '__aenter__'):
        asyncio.run(dropped())
"""

OWN_STREAMS = """
    import asyncio
    from adder import *

    async def whole():
        async with adder.iter('add') as run:
            async for node in run:
                print(type(node).__name__, type(run.ctx.deps.model).__name__, sorted(vars(run)))
                if Agent.is_model_request_node(node):
                    async with node.stream(run.ctx) as stream:
                        async for text in stream.stream_text(delta=True, debounce_by=None):
                            print(repr(text))
                elif Agent.is_call_tools_node(node):
                    async with node.stream(run.ctx) as events:
                        async for event in events:
                            print(type(event).__name__)
        print(run, run.result.output)

    async def left(kind):
        try:
            async with adder.iter('add') as run:
                node = run.next_node
                while True:
                    if type(node).__name__ == kind:
                        async with node.stream(run.ctx) as stream:
                            async for event in stream:
                                print(type(event).__name__)
                                raise KeyError(kind)
                    node = await run.next(node)
        except KeyError as error:
            print('left', error, error.__traceback__.tb_next)

    asyncio.run(whole())
    asyncio.run(left('ModelRequestNode'))
    asyncio.run(left('CallToolsNode'))
"""

HANDLERS = """
    import asyncio, inspect, traceback
    from adder import *

    async def follow(ctx, events):
        async for event in events:
            print(type(ctx.model).__name__, type(event).__name__, type(events).__name__)

    async def fail(ctx, events):
        async for event in events:
            raise ValueError('no more')

    adder.run_sync('add', event_stream_handler=follow)
    following = Agent(model, event_stream_handler=follow) if 'event_stream_handler' in inspect.signature(Agent).parameters else adder
    following.tool_plain(add) if following is not adder else None

    async def main():
        print((await following.run('add')).output)
        async with following.run_stream('add', event_stream_handler=follow) as response:
            print(await response.get_output())
        try:
            await adder.run('add', event_stream_handler=fail)
        except ValueError:
            traceback.print_exc()

    asyncio.run(main())
"""

SCRIPTS = {
    'run_stream, read in every way': READINGS,
    'run_stream with structured output': STRUCTURED,
    'run_stream, left early': LEFT_EARLY,
    'run_stream_sync': WITHOUT_A_LOOP,
    'run_stream_events': EVENTS,
    "the caller's own streams": OWN_STREAMS,
    'event_stream_handler': HANDLERS,
}


def streamed_text(child: Child, run: str) -> str:
    """The text that was streamed to a run."""
    text = ''
    for event in child.all(Stream):
        data = event.data
        assert isinstance(data, dict)
        part = data.get('part') or data.get('delta') or {}
        if event.run == run and data['event_kind'] in ('part_start', 'part_delta'):
            text += part.get('content_delta', part.get('content', '')) if 'text' in part.values() else ''
    return text


def test_a_streamed_run_is_shown_however_it_is_read(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(READINGS)
    assert [streamed_text(child, run) for run in ('r1', 'r2', 'r3', 'r4')] == ['three it is'] * 4
    assert outcomes(child) == [('add', 'returned')] * 4
    assert [event.output for event in child.all(RunFinished)] == ['three it is'] * 4


def test_calls_of_the_response_that_a_streamed_run_ends_with_have_an_outcome(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(STRUCTURED)
    assert outcomes(child, 'r1') == [('final_result', 'retry')]
    assert outcomes(child, 'r2') == [('note', 'returned'), ('note', 'returned'), ('final_result', 'returned')]
    assert child.kinds('r2')[-1] == 'SetFinalResult'
    assert endings(child) == {'r1': 'failed', 'r2': 'finished'}


def test_streams_that_are_left_early_are_called_off_and_those_that_fail_failed(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(LEFT_EARLY)
    assert endings(child) == {'r1': 'called off', 'r2': 'failed', 'r3': 'called off', 'r4': 'called off'}
    assert child.all(RunFailed)[1].error.type == 'KeyError'


def test_a_stream_without_a_loop_is_shown(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(WITHOUT_A_LOOP)
    assert endings(child) == {'r1': 'finished', 'r2': 'called off'}
    assert streamed_text(child, 'r1') == 'three it is'


def test_leaving_the_events_of_a_run_early_calls_it_off(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(EVENTS)
    ended = endings(child)
    assert ended.pop('r1') == 'finished'
    assert set(ended.values()) == {'called off'}
    assert streamed_text(child, 'r1') == 'three it is'


def test_the_callers_own_streams_are_shown(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(OWN_STREAMS)
    assert endings(child) == {'r1': 'finished', 'r2': 'failed', 'r3': 'failed'}
    assert streamed_text(child, 'r1') == 'three it is'
    assert child.kinds('r1') == ['UserPromptNode', *['ModelRequestNode', 'CallToolsNode'] * 2]


def test_handlers_of_events_get_them_all(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(HANDLERS)
    assert endings(child) == {'r1': 'finished', 'r2': 'finished', 'r3': 'finished', 'r4': 'failed'}
    assert [streamed_text(child, run) for run in ('r1', 'r3')] == ['three it is'] * 2
