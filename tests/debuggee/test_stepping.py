"""Runs stop where they are asked to and go on when they are let go."""

from __future__ import annotations

from pydantic_ai_debug.protocol.commands import Continue, OpenValue, Pause, StepOver
from pydantic_ai_debug.protocol.events import (
    Exited,
    Output,
    RequestPlanned,
    Resumed,
    RunFinished,
    RunStarted,
    Stopped,
    ValueOpened,
)

from .conftest import StartChild

RUN = """
    from adder import *
    print(adder.run_sync('add').output)
"""


def test_each_step_stops_before_the_next_node_and_the_last_one_before_the_end(start_program: StartChild) -> None:
    child = start_program(RUN, stop_on_entry=True)
    walked: list[str] = []
    while not walked or walked[-1] != 'End':
        stopped = child.wait_for(Stopped)
        assert stopped.at == 'boundary'
        walked.append(stopped.kind)
        child.send(StepOver(stopped.run))
    child.finish()
    assert walked == [
        'UserPromptNode',
        'ModelRequestNode',
        'CallToolsNode',
        'ModelRequestNode',
        'CallToolsNode',
        'End',
    ]
    assert len(child.all(Resumed)) == len(walked)
    assert child.stdout == 'adding\nthree it is\n'


def test_continuing_stops_nowhere(start_program: StartChild) -> None:
    child = start_program(RUN, stop_on_entry=True)
    child.wait_for(Stopped)
    child.send(Continue())
    child.finish()
    assert len(child.all(Stopped)) == 1
    assert child.returncode == 0


def test_nothing_of_a_node_has_run_while_the_run_waits_before_it(start_program: StartChild) -> None:
    child = start_program(RUN, stop_on_entry=True)
    while (stopped := child.wait_for(Stopped)).kind != 'CallToolsNode':
        child.send(StepOver(stopped.run))
    assert child.stdout == ''
    child.send(StepOver(stopped.run))
    child.wait_for(Output, lambda output: 'adding' in output.text)


def test_the_request_that_is_about_to_be_sent_is_shown_at_the_stop_before_it(start_program: StartChild) -> None:
    child = start_program(
        """
        from adder import *
        agent = Agent(model, instructions='Add things.')
        agent.tool_plain(add)
        agent.run_sync('what is 1 and 2?')
        """,
        stop_on_entry=True,
    )
    child.send(StepOver(child.wait_for(Stopped).run))
    planned = child.wait_for(RequestPlanned)
    assert child.wait_for(Stopped).kind == 'ModelRequestNode'
    assert planned.instructions == 'Add things.'
    assert [tool['name'] for tool in planned.tools] == ['add']
    assert planned.messages[0]['parts'][0]['content'] == 'what is 1 and 2?'


def test_stepping_over_a_tool_does_not_stop_in_the_run_that_it_starts(start_program: StartChild) -> None:
    child = start_program(
        """
        from adder import *
        boss = Agent(FunctionModel(answer), name='boss')

        @boss.tool_plain(name='add')
        async def delegate(a: int, b: int) -> str:
            return (await adder.run('inner')).output

        boss.run_sync('outer')
        """,
        stop_on_entry=True,
    )
    while (stopped := child.wait_for(Stopped)).kind != 'End':
        assert stopped.run == 'r1'
        child.send(StepOver(stopped.run))
    child.send(Continue())
    child.finish()
    assert len(child.all(RunStarted)) == 2


def test_a_run_that_waits_holds_up_no_other_on_the_same_loop(start_program: StartChild) -> None:
    child = start_program(
        """
        import asyncio
        from adder import *

        async def main():
            await asyncio.gather(adder.run('one'), adder.run('two'))

        asyncio.run(main())
        """,
        stop_on_entry=True,
    )
    first, second = child.wait_for(Stopped), child.wait_for(Stopped)
    assert {first.run, second.run} == {'r1', 'r2'}
    for _ in range(5):
        child.send(StepOver('r2'))
        stopped = child.wait_for(Stopped)
        assert stopped.run == 'r2'
    child.send(StepOver('r2'))
    child.wait_for(RunFinished, lambda finished: finished.run == 'r2')
    child.send(Continue())
    child.wait_for(RunFinished, lambda finished: finished.run == 'r1')
    child.finish()


def test_a_running_run_stops_at_its_next_stop_of_any_kind_when_it_is_paused(start_program: StartChild) -> None:
    child = start_program(
        """
        import asyncio, sys
        from adder import *
        slow = Agent(model)

        @slow.tool_plain(name='add')
        async def wait_for_a_line(a: int, b: int) -> int:
            print('waiting', flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            return 3

        slow.run_sync('add')
        """
    )
    child.wait_for(Output, lambda output: 'waiting' in output.text)
    child.send(Pause(None))
    # Commands are carried out in order: this one's answer says that the run was asked to pause.
    child.send(OpenValue('r1', 'deps', (), 0))
    child.wait_for(ValueOpened)
    child.session.write_stdin('go\n')
    stopped = child.wait_for(Stopped)
    assert (stopped.at, stopped.after, stopped.kind) == ('tool', True, 'add')
    child.send(Continue())
    child.finish()


def test_the_next_run_of_a_script_is_stepped_too(start_program: StartChild) -> None:
    child = start_program(
        """
        from adder import *
        agent = Agent(FunctionModel(lambda messages, info: ModelResponse(parts=[TextPart('hi')])))
        agent.run_sync('one')
        agent.run_sync('two')
        """,
        stop_on_entry=True,
    )
    stops = []
    for _ in range(8):
        stopped = child.wait_for(Stopped)
        stops.append((stopped.run, stopped.kind))
        child.send(StepOver(stopped.run))
    child.finish()
    assert stops[0] == ('r1', 'UserPromptNode')
    assert stops[3] == ('r1', 'End')
    assert stops[4] == ('r2', 'UserPromptNode')


def test_a_timeout_around_a_run_that_waits_is_a_timeout(start_program: StartChild) -> None:
    child = start_program(
        """
        import asyncio
        from adder import *

        async def main():
            try:
                await asyncio.wait_for(adder.run('add'), 0.2)
            except asyncio.TimeoutError:
                print('timed out')

        asyncio.run(main())
        """,
        stop_on_entry=True,
    )
    child.finish()
    assert child.stdout == 'timed out\n'
    assert child.returncode == 0


def test_a_value_can_be_opened_deeper_while_the_run_waits(start_program: StartChild) -> None:
    child = start_program(
        """
        from dataclasses import dataclass, field
        from adder import *

        @dataclass
        class Shop:
            rows: list = field(default_factory=lambda: list(range(5000)))

        agent = Agent(model, deps_type=Shop)
        agent.tool_plain(add)
        agent.run_sync('x', deps=Shop())
        """,
        stop_on_entry=True,
    )
    stopped = child.wait_for(Stopped)
    child.send(OpenValue(stopped.run, 'deps', (0,), 4990))
    opened = child.wait_for(ValueOpened)
    assert opened.value is not None
    assert opened.value.children is not None
    assert [entry.value.text for entry in opened.value.children] == [str(n) for n in range(4990, 5000)]
    child.send(OpenValue(stopped.run, 'deps', (7,), 0))
    assert child.wait_for(ValueOpened).value is None
    child.send(Continue())
    assert child.wait_for(Exited).code == 0
