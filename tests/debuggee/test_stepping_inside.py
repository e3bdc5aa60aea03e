"""Stepping into streams, tools and sub-agents, and out of them again."""

from __future__ import annotations

from pydantic_ai_debug.protocol.commands import (
    Continue,
    OpenValue,
    Pause,
    RunTo,
    SerializeTools,
    StepInto,
    StepOut,
    StepOver,
)
from pydantic_ai_debug.protocol.events import (
    NodeFinished,
    Output,
    RunFinished,
    State,
    Stopped,
    ToolFinished,
    ToolStarted,
    ValueOpened,
)

from .conftest import Child, StartChild, stop_text

BOSS_RUN = """
    from boss import *
    print(boss.run_sync('go').output)
"""
ANSWER = 'a=rain in Oslo; b=found TEA; c=noon\n'


def at_tools(child: Child) -> list[Stopped]:
    """Step into the boss's tool calls: all three wait."""
    while child.wait_for_stop().kind != 'CallToolsNode':
        child.send(StepOver('r1'))
    child.send(StepInto('r1'))
    return [child.wait_for_stop() for _ in range(3)]


def test_stepping_into_the_tools_of_a_response_holds_them_side_by_side(start_program: StartChild) -> None:
    child = start_program(BOSS_RUN, stop_on_entry=True)
    stops = at_tools(child)
    assert [(stop.kind, stop.call, stop.at, stop.args) for stop in stops] == [
        ('weather', 'a', 'tool', {'city': 'Oslo'}),
        ('research', 'b', 'tool', {'topic': 'tea'}),
        ('clock', 'c', 'tool', {}),
    ]
    assert not child.all(ToolFinished)
    child.send(Continue())
    child.finish()
    assert child.stdout == ANSWER


def test_calls_that_wait_are_let_go_one_by_one_in_any_order(start_program: StartChild) -> None:
    child = start_program(BOSS_RUN, stop_on_entry=True)
    at_tools(child)
    for call in ('c', 'a'):
        child.send(StepOver('r1', call))
        assert child.wait_for(ToolFinished).call == call
    child.send(StepOver('r1', 'b'))
    stopped = child.wait_for_stop()
    assert stop_text(stopped) == 'r1 before ModelRequestNode', 'the sub-agent is stepped over'
    assert [event.call for event in child.all(ToolFinished)] == ['c', 'a', 's', 'b']
    child.send(Continue())
    child.finish()
    assert child.stdout == ANSWER


def test_what_a_call_has_changed_is_told_while_others_wait_beside_it(start_program: StartChild) -> None:
    child = start_program(
        """
    from pydantic_ai import Agent, RunContext
    from pydantic_ai.models.test import TestModel

    agent = Agent(TestModel(), name='agent', deps_type=list)

    @agent.tool
    def add(ctx: RunContext[list]) -> int:
        ctx.deps.append('added')
        return 1

    @agent.tool
    def wait(ctx: RunContext[list]) -> int:
        return 2

    print(agent.run_sync('go', deps=[]).output)
    """,
        stop_on_entry=True,
    )
    while child.wait_for_stop().kind != 'CallToolsNode':
        child.send(StepOver('r1'))
    child.send(StepInto('r1'))
    stops = {stop.kind: stop for stop in (child.wait_for_stop(), child.wait_for_stop())}
    child.send(StepOver('r1', stops['add'].call))
    child.wait_for(State, lambda state: state.deps is not None and state.deps.size == 1)
    assert len(child.all(ToolFinished)) == 1
    child.send(Continue())
    child.finish()


def test_stepping_in_goes_through_the_sub_agent_and_back(start_program: StartChild) -> None:
    child = start_program(BOSS_RUN, stop_on_entry=True)
    at_tools(child)
    child.send(StepInto('r1', 'b'))
    walked: list[str] = []
    while True:
        stopped = child.wait_for_stop()
        walked.append(stop_text(stopped))
        if stopped.run == 'r1':
            break
        child.send(StepInto(stopped.run, stopped.call))
    assert walked == [
        'r2 before UserPromptNode',
        'r2 before ModelRequestNode',
        'r2 before CallToolsNode',
        'r2 before search',
        'r2 after search',
        'r2 before ModelRequestNode',
        'r2 before CallToolsNode',
        'r2 before End',
        'r1 after research',
    ]
    assert stopped.result == 'found TEA'
    child.send(Continue())
    child.finish()
    assert child.stdout == ANSWER


def test_returning_from_a_sub_agent_stops_where_its_tool_returns(start_program: StartChild) -> None:
    child = start_program(BOSS_RUN, stop_on_entry=True)
    at_tools(child)
    child.send(StepInto('r1', 'b'))
    assert child.wait_for_stop().run == 'r2'
    child.send(StepOut('r2'))
    stopped = child.wait_for_stop()
    assert (stop_text(stopped), stopped.call) == ('r1 after research', 'b')
    child.send(StepOut('r1', 'b'))
    for call in ('a', 'c'):
        child.send(StepOver('r1', call))
    assert stop_text(child.wait_for_stop()) == 'r1 before ModelRequestNode'
    child.send(StepOut('r1'))
    assert stop_text(child.wait_for_stop()) == 'r1 before End'
    child.send(Continue())
    child.finish()


def test_returning_from_a_call_stops_where_it_returns(start_program: StartChild) -> None:
    child = start_program(BOSS_RUN, stop_on_entry=True)
    at_tools(child)
    child.send(StepOut('r1', 'a'))
    stopped = child.wait_for_stop()
    assert (stop_text(stopped), stopped.result) == ('r1 after weather', 'rain in Oslo')
    child.send(Continue())
    child.finish()


def test_a_run_goes_on_to_a_call_that_is_named(start_program: StartChild) -> None:
    child = start_program(BOSS_RUN, stop_on_entry=True)
    child.wait_for_stop()
    child.send(RunTo('r1', 2, 'c'))
    assert stop_text(child.wait_for_stop()) == 'r1 before clock'
    child.send(RunTo('r1', 4))
    stopped = child.wait_for_stop()
    assert (stopped.kind, stopped.node) == ('CallToolsNode', 4)
    child.send(Continue())
    child.finish()
    assert child.stdout == ANSWER


def test_a_stream_is_stepped_event_by_event_and_left(start_program: StartChild) -> None:
    child = start_program(
        """
        from boss import *

        async def main():
            async with boss.run_stream('go') as result:
                async for text in result.stream_text(delta=True):
                    print(repr(text))

        asyncio.run(main())
        """,
        stop_on_entry=True,
    )
    while child.wait_for_stop().kind != 'ModelRequestNode':
        child.send(StepOver('r1'))
    child.send(StepInto('r1'))
    stopped = child.wait_for_stop()
    assert (stopped.at, stopped.kind, stopped.holds_stream) == ('stream', 'ModelRequestNode', True)
    child.send(StepOver('r1'))
    assert child.wait_for_stop().at == 'stream'
    child.send(StepOut('r1'))
    assert stop_text(child.wait_for_stop()) == 'r1 before CallToolsNode'
    child.send(Continue())
    child.finish()
    assert child.stdout.startswith("'a=rain")


def test_events_of_a_stream_that_were_not_let_go_have_not_reached_the_program(start_program: StartChild) -> None:
    child = start_program(
        """
        from adder import *
        import asyncio

        async def show(ctx, events):
            async for event in events:
                if event.event_kind == 'part_delta':
                    print(event.delta.content_delta, flush=True)

        async def stream(messages, info):
            for word in ('one', 'two', 'three'):
                yield word

        Agent(FunctionModel(stream_function=stream)).run_sync('x', event_stream_handler=show)
        """,
        stop_on_entry=True,
    )
    while child.wait_for_stop().kind != 'ModelRequestNode':
        child.send(StepOver('r1'))
    child.send(StepInto('r1'))
    kinds = []
    while (stopped := child.wait_for_stop()).at == 'stream':
        kinds.append(child.stdout)
        child.send(StepOver('r1'))
    assert kinds[0] == ''
    assert '' in kinds[1:2]
    assert stopped.at == 'boundary'
    child.send(Continue())
    child.finish()
    assert child.stdout == 'two\nthree\n'


def test_a_running_stream_is_paused_between_two_deltas(start_child: StartChild) -> None:
    child = start_child(
        """
        import asyncio, sys
        from adder import *

        async def stream(messages, info):
            for number in range(1000):
                yield f'{number} '
                await asyncio.to_thread(sys.stdin.readline)

        async def main():
            async with Agent(FunctionModel(stream_function=stream)).run_stream('x') as result:
                async for _ in result.stream_text(delta=True, debounce_by=None):
                    print('.', flush=True)

        asyncio.run(main())
        """
    )
    child.session.write_stdin('\n\n\n')
    while child.stdout.count('.') < 2:
        child.wait_for(Output)
    child.send(Pause('r1'))
    # Commands are carried out in order: this one's answer says that the run was asked to pause.
    child.send(OpenValue('r1', 'deps', (), 0))
    child.wait_for(ValueOpened)
    child.session.write_stdin('\n' * 3)
    stopped = child.wait_for_stop()
    assert (stopped.at, stopped.holds_stream) == ('stream', True)
    child.send(Continue())
    child.session.write_stdin('\n' * 1000)
    child.finish()


def test_tools_run_one_after_the_other_where_they_are_serialised(start_program: StartChild) -> None:
    child = start_program(BOSS_RUN, stop_on_entry=True)
    child.wait_for_stop()
    child.send(SerializeTools(True))
    child.send(Continue())
    child.finish()
    order = [
        ('start' if isinstance(event, ToolStarted) else 'end', event.call)
        for event in child.events
        if isinstance(event, (ToolStarted, ToolFinished)) and event.run == 'r1'
    ]
    # None has begun before its turn.
    assert order == [(kind, call) for call in 'abc' for kind in ('start', 'end')]
    assert child.stdout == ANSWER


def test_calls_that_run_one_after_the_other_stop_one_after_the_other(start_program: StartChild) -> None:
    child = start_program(BOSS_RUN, stop_on_entry=True, serialize_tools=True)
    while child.wait_for_stop().kind != 'CallToolsNode':
        child.send(StepOver('r1'))
    child.send(StepInto('r1'))
    for call in ('a', 'b', 'c'):
        stopped = child.wait_for_stop()
        assert stopped.call == call
        assert len([event for event in child.all(ToolFinished) if event.run == 'r1']) == 'abc'.index(call)
        child.send(StepOver('r1', call))
    assert child.wait_for_stop().kind == 'ModelRequestNode'
    child.send(Continue())
    child.finish()


def test_waiting_side_by_side_is_counted_once(start_program: StartChild) -> None:
    child = start_program(BOSS_RUN, stop_on_entry=True)
    at_tools(child)
    child.send(Continue())
    child.finish()
    node = next(event for event in child.all(NodeFinished) if event.run == 'r1' and event.node == 2)
    slowest = max(event.duration for event in child.all(ToolFinished) if event.run == 'r1')
    assert node.duration >= 0
    assert slowest < 5
    assert child.all(RunFinished)
