"""Every way to run an agent is seen, and none is changed by it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pydantic_ai_debug.protocol.events import (
    Fault,
    Messages,
    Request,
    RunFailed,
    RunFinished,
    RunStarted,
    Stream,
    ToolFinished,
)

from .conftest import FinishedChild, SameAsPlain, StartChild

WHOLE_WALK = ['UserPromptNode', 'ModelRequestNode', 'CallToolsNode', 'ModelRequestNode', 'CallToolsNode']
STREAMED_WALK = ['UserPromptNode', 'ModelRequestNode', 'CallToolsNode', 'ModelRequestNode', 'SetFinalResult']

WAYS = {
    'run': (
        """
        import asyncio
        from adder import *
        print(asyncio.run(adder.run('add')).output)
        """,
        WHOLE_WALK,
    ),
    'run_sync': (
        """
        from adder import *
        if __name__ == '__main__':
            print(adder.run_sync('add').output)
        """,
        WHOLE_WALK,
    ),
    'run_stream': (
        """
        import asyncio
        from adder import *

        async def main():
            async with adder.run_stream('add') as response:
                async for text in response.stream_text(delta=True):
                    print(text)

        asyncio.run(main())
        """,
        STREAMED_WALK,
    ),
    'run_stream_sync': (
        """
        from adder import *
        for text in adder.run_stream_sync('add').stream_text():
            print(text)
        """,
        STREAMED_WALK,
    ),
    'run_stream_events': (
        """
        import asyncio
        from adder import *

        async def main():
            events = adder.run_stream_events('add')
            if hasattr(events, '__aenter__'):
                async with events as entered:
                    async for event in entered:
                        print(type(event).__name__)
            else:
                async for event in events:
                    print(type(event).__name__)

        asyncio.run(main())
        """,
        WHOLE_WALK,
    ),
    'event_stream_handler': (
        """
        import asyncio
        from adder import *

        async def follow(ctx, events):
            async for event in events:
                print(type(event).__name__)

        print(asyncio.run(adder.run('add', event_stream_handler=follow)).output)
        """,
        WHOLE_WALK,
    ),
    'iter with async for': (
        """
        import asyncio
        from adder import *

        async def main():
            async with adder.iter('add') as run:
                async for node in run:
                    print(type(node).__name__)
            print(run.result.output)

        asyncio.run(main())
        """,
        WHOLE_WALK,
    ),
    'iter with next': (
        """
        import asyncio
        from adder import *
        from pydantic_graph import End

        async def main():
            async with adder.iter('add') as run:
                node = run.next_node
                while not isinstance(node, End):
                    node = await run.next(node)
            print(run.result.output)

        asyncio.run(main())
        """,
        WHOLE_WALK,
    ),
    "iter with the caller's own streams": (
        """
        import asyncio
        from adder import *

        async def main():
            async with adder.iter('add') as run:
                async for node in run:
                    if Agent.is_model_request_node(node) or Agent.is_call_tools_node(node):
                        async with node.stream(run.ctx) as events:
                            async for event in events:
                                print(type(event).__name__)
            print(run.result.output)

        asyncio.run(main())
        """,
        WHOLE_WALK,
    ),
}


EVERY_WAY = ''.join(dedent(source) for source, _ in WAYS.values())
"""One after the other in one program."""

RUN_OF = {way: f'r{number}' for number, way in enumerate(WAYS, 1)}


def test_each_way_in_is_reported_and_ends_as_it_does_without_a_debugger(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(EVERY_WAY)
    assert child.session.returncode == 0
    assert {way: child.kinds(run) for way, run in RUN_OF.items()} == {way: walk for way, (_, walk) in WAYS.items()}
    for way, run in RUN_OF.items():
        assert [
            (tool.tool, tool.args, tool.outcome, tool.result) for tool in child.all(ToolFinished) if tool.run == run
        ] == [('add', {'a': 1, 'b': 2}, 'returned', 3)], way
        (finished,) = (event for event in child.all(RunFinished) if event.run == run)
        assert finished.output == 'three it is', way
        assert len([request for request in child.all(Request) if request.run == run]) == 2, way
    assert {started.run for started in child.all(RunStarted)} == {*RUN_OF.values()}


@pytest.mark.parametrize('way', ['run_stream', 'run_stream_events', 'event_stream_handler'])
def test_deltas_of_one_part_are_merged_and_keep_their_times(way: str, finished_child: FinishedChild) -> None:
    text = ''
    for event in finished_child(EVERY_WAY).all(Stream):
        delta = event.data.get('delta') if isinstance(event.data, dict) else None
        if event.run == RUN_OF[way] and delta is not None and delta['part_delta_kind'] == 'text':
            text += delta['content_delta']
            assert sum(event.lengths) == len(delta['content_delta'])
    assert text == 'it is'  # 'three ' came with the start of the part


def test_a_response_that_nobody_streams_is_there_whole(start_child: StartChild) -> None:
    child = start_child(WAYS['run_sync'][0])
    child.finish()
    assert not child.all(Stream)
    added = [message for event in child.all(Messages) for message in event.added]
    assert [message['kind'] for message in added] == ['request', 'response', 'request', 'response']
    assert added[-1]['parts'][0]['content'] == 'three it is'


def test_a_function_model_without_a_stream_function_runs_to_its_end(start_child: StartChild) -> None:
    child = start_child("""
        from adder import *
        print(Agent(FunctionModel(lambda messages, info: ModelResponse(parts=[TextPart('whole')]))).run_sync('x').output)
    """)
    child.finish()
    assert child.stdout == 'whole\n'
    assert child.all(RunFinished)[0].output == 'whole'


def test_a_run_inside_a_tool_knows_its_parent_and_the_call(start_child: StartChild) -> None:
    child = start_child("""
        from adder import *
        boss = Agent(FunctionModel(answer), name='boss')

        @boss.tool_plain(name='add')
        async def delegate(a: int, b: int) -> str:
            return (await adder.run('inner')).output

        print(boss.run_sync('outer').output)
    """)
    child.finish()
    outer, inner = child.all(RunStarted)
    assert (outer.agent, outer.parent, outer.parent_call) == ('boss', None, None)
    assert (inner.agent, inner.parent, inner.parent_call) == ('adder', 'r1', 'c1')


def test_an_agent_without_a_name_is_called_by_its_variable_and_stays_nameless(start_child: StartChild) -> None:
    child = start_child("""
        import asyncio
        from adder import *
        nameless = Agent(model)
        nameless.tool_plain(add)

        async def main():
            async with nameless.iter('add') as run:
                async for _ in run:
                    pass
            print(nameless.name)

        asyncio.run(main())
    """)
    child.finish()
    assert child.all(RunStarted)[0].agent == 'nameless'
    assert child.stdout.endswith('None\n')


def test_a_run_that_is_left_early_is_reported_as_called_off(start_child: StartChild) -> None:
    child = start_child("""
        import asyncio
        from adder import *

        async def main():
            async with adder.iter('add') as run:
                async for node in run:
                    if Agent.is_call_tools_node(node):
                        break

        asyncio.run(main())
    """)
    child.finish()
    (failed,) = child.all(RunFailed)
    assert failed.cancelled
    assert child.session.returncode == 0


FAILING = """
    from adder import *
    clumsy = Agent(model)

    @clumsy.tool_plain(name='add')
    def drop(a: int, b: int) -> int:
        raise KeyError('dropped')

    clumsy.run_sync('add')
"""


def test_an_uncaught_exception_prints_the_traceback_that_python_prints(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(FAILING)
    (failed,) = child.all(RunFailed)
    assert failed.error.type == 'KeyError'
    assert [frame.function for frame in failed.error.frames if frame.user] == ['<module>', 'drop'] or [
        frame.function for frame in failed.error.frames if frame.user
    ] == ['drop']
    assert 'pydantic_ai_debug' not in failed.error.traceback
    assert child.all(ToolFinished)[0].outcome == 'failed'


def test_a_retry_asked_by_a_tool_or_by_validation_is_an_outcome(start_child: StartChild) -> None:
    child = start_child("""
        from adder import *
        from pydantic_ai import ModelRetry

        def picky(messages, info):
            asked = sum(message.kind == 'response' for message in messages)
            if asked == 0:
                return ModelResponse(parts=[ToolCallPart('add', {'a': 'one'}, tool_call_id='c1')])
            if asked == 1:
                return ModelResponse(parts=[ToolCallPart('again', {}, tool_call_id='c2')])
            return ModelResponse(parts=[TextPart('done')])

        agent = Agent(FunctionModel(picky))
        agent.tool_plain(add)

        @agent.tool_plain(retries=2)
        def again() -> int:
            raise ModelRetry('not now')

        agent.run_sync('x')
    """)
    child.finish()
    outcomes = {tool.call: (tool.tool, tool.outcome) for tool in child.all(ToolFinished)}
    assert outcomes == {'c1': ('add', 'retry'), 'c2': ('again', 'retry')}


SAME_AS_PLAIN = {
    "the program's own hooks on a bare iteration": """
        import asyncio
        from adder import *
        from pydantic_ai.capabilities import AbstractCapability

        class Own(AbstractCapability):
            async def before_node_run(self, ctx, *, node):
                print('before', type(node).__name__)
                return node

            async def after_model_request(self, ctx, *, request_context, response):
                print('asked', type(request_context.model).__name__)
                return response

        agent = Agent(model, capabilities=[Own()])
        agent.tool_plain(add)

        async def main():
            async with agent.iter('add') as run:
                async for node in run:
                    print(type(node).__name__)

        asyncio.run(main())
        """,
    'an error that is caught where the run is iterated': """
        import asyncio
        from adder import *
        agent = Agent(model)

        @agent.tool_plain(name='add')
        def drop(a: int, b: int) -> int:
            raise ValueError('dropped')

        async def main():
            async with agent.iter('add') as run:
                try:
                    async for _ in run:
                        pass
                except ValueError as error:
                    print('caught', error)

        asyncio.run(main())
        """,
    'what the program was started with': """
        import sys
        from adder import *
        print(sys.orig_argv[-1].endswith('script.py'), len(sys.orig_argv))
        """,
    # The last, as it ends the program.
    'a model that fails, streamed and not': """
        import asyncio, traceback
        from adder import *

        def fail(messages, info):
            raise RuntimeError('model down')

        async def fail_streaming(messages, info):
            raise RuntimeError('stream down')
            yield

        agent = Agent(FunctionModel(fail, stream_function=fail_streaming))

        async def main():
            try:
                async with agent.run_stream('x') as response:
                    await response.get_output()
            except RuntimeError:
                traceback.print_exc()

        asyncio.run(main())
        agent.run_sync('x')
        """,
}


def test_a_program_sees_nothing_of_us(same_as_plain: SameAsPlain) -> None:
    same_as_plain(''.join(f'print({name!r})\n{dedent(source)}' for name, source in SAME_AS_PLAIN.items()))


def test_an_error_that_the_program_catches_is_still_how_the_run_ended(start_child: StartChild) -> None:
    child = start_child(SAME_AS_PLAIN['an error that is caught where the run is iterated'])
    child.finish()
    (failed,) = child.all(RunFailed)
    assert (failed.error.type, failed.error.message, failed.cancelled) == ('ValueError', 'dropped', False)


def test_calls_that_are_left_to_others_are_deferred(start_child: StartChild) -> None:
    child = start_child("""
        from adder import *
        from pydantic_ai import DeferredToolRequests
        agent = Agent(model, output_type=[str, DeferredToolRequests])

        @agent.tool_plain(name='add', requires_approval=True)
        def risky(a: int, b: int) -> int:
            return a + b

        agent.run_sync('add')
    """)
    child.finish()
    assert [(tool.tool, tool.outcome) for tool in child.all(ToolFinished)] == [('add', 'deferred')]
    assert not child.all(Fault)
