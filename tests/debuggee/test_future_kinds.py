"""Kinds of node, part and event that were not known when this was written: reported by their name and fields.

A subclass stands for each: it goes through pydantic-ai as its parent does, under a name and with fields of its own.
"""

from __future__ import annotations

from pydantic_ai_debug.protocol.commands import Continue, StepOver
from pydantic_ai_debug.protocol.events import (
    Messages,
    NodeStarted,
    Request,
    RequestPlanned,
    RunFinished,
    Stopped,
    Stream,
)

from .conftest import SameAsPlain, StartChild

FUTURE = """
    import asyncio
    from contextlib import asynccontextmanager
    from dataclasses import dataclass
    from adder import *
    from pydantic_ai import ModelRequestNode
    from pydantic_ai.messages import PartDeltaEvent, TextPartDelta
    from pydantic_graph import End

    @dataclass
    class ReflectNode(ModelRequestNode):
        depth: int = 2

        @classmethod
        def get_node_id(cls):
            return 'ModelRequestNode'

    @dataclass
    class CitedPart(TextPart):
        sources: tuple = ('a.txt', 'b.txt')
        part_kind: str = 'cited'

    @dataclass
    class CitationDelta(TextPartDelta):
        source: str = ''
        part_delta_kind: str = 'citation'

    @dataclass
    class MoodEvent(PartDeltaEvent):
        mood: str = 'calm'
        event_kind: str = 'mood'

    def cited(messages, info):
        return ModelResponse(parts=[CitedPart('done')])

    async def words(messages, info):
        yield 'so '
        yield 'done'

    class FutureModel(FunctionModel):
        @asynccontextmanager
        async def request_stream(self, *args):
            async with super().request_stream(*args) as response:
                known = response._get_event_iterator

                async def with_unknown():
                    async for event in known():
                        yield event
                        if isinstance(event, PartDeltaEvent):
                            yield MoodEvent(index=event.index, delta=event.delta)
                            for source in ('a.txt', 'b.txt'):
                                delta = CitationDelta('', source=source)
                                yield PartDeltaEvent(index=event.index, delta=delta)

                response._get_event_iterator = with_unknown
                yield response

    agent = Agent(FutureModel(cited, stream_function=words), name='future')

    async def follow(ctx, events):
        async for event in events:
            print(type(event).__name__)

    async def main():
        async with agent.iter('x') as run:
            node = run.next_node
            while not isinstance(node, End):
                print(type(node).__name__)
                node = await run.next(node)
                if isinstance(node, ModelRequestNode):
                    node = ReflectNode(node.request)
        print(run.result.output)
        print((await agent.run('x', event_stream_handler=follow)).output)

    asyncio.run(main())
"""


def test_a_run_of_unknown_kinds_ends_as_it_does_without_a_debugger_and_is_reported_whole(
    same_as_plain: SameAsPlain,
) -> None:
    child = same_as_plain(FUTURE)
    assert [finished.output for finished in child.all(RunFinished)] == ['done', 'so done']
    assert child.kinds('r1') == ['UserPromptNode', 'ReflectNode', 'CallToolsNode']
    assert [request.node for request in child.all(Request) if request.run == 'r1'] == [1]
    (reflecting,) = [node for node in child.all(NodeStarted) if node.kind == 'ReflectNode']
    assert isinstance(reflecting.fields, dict)
    assert reflecting.fields['depth'] == '2'
    assert 'ModelRequest' in reflecting.fields['request']
    assert all(node.fields is None for node in child.all(NodeStarted) if node.kind != 'ReflectNode')
    parts = [
        part
        for event in child.all(Messages)
        for message in event.added
        if message['kind'] == 'response'
        for part in message['parts']
    ]
    assert {'part_kind': 'cited', 'content': 'done', 'sources': ['a.txt', 'b.txt']}.items() <= parts[0].items()
    streamed = [event.data for event in child.all(Stream)]
    assert [(data['index'], data['mood']) for data in streamed if data['event_kind'] == 'mood'] == [(0, 'calm')]
    citations = [data['delta'] for data in streamed if data['event_kind'] == 'part_delta']
    assert [delta['source'] for delta in citations if delta['part_delta_kind'] == 'citation'] == ['a.txt', 'b.txt']


def test_a_run_stops_before_a_node_of_an_unknown_kind(start_child: StartChild) -> None:
    child = start_child(FUTURE, stop_on_entry=True)
    child.send(StepOver(child.wait_for(Stopped).run))
    assert child.wait_for(Stopped).kind == 'ModelRequestNode'
    child.send(StepOver('r1'))
    assert child.wait_for(RequestPlanned).node == 1
    assert child.wait_for(Stopped).kind == 'ReflectNode'
    child.send(StepOver('r1'))
    assert child.wait_for(Stopped).kind == 'CallToolsNode'
    child.send(Continue())
    child.finish()
