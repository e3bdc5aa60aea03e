"""Runs beside, inside and after each other: each has its own events, its own stop, and its right parent."""

from __future__ import annotations

from pathlib import Path

import pytest

from pydantic_ai_debug.protocol.commands import Continue, OpenValue, Pause, StepOver
from pydantic_ai_debug.protocol.events import (
    Fault,
    Output,
    Resumed,
    RunFinished,
    RunStarted,
    Stopped,
    Stream,
    ToolFinished,
    ValueOpened,
)

from .conftest import Child, SameAsPlain, StartChild
from .test_ways_in import WHOLE_WALK

CALLERS = """
from adder import *


def calling(name, tool):
    'An agent whose model calls one tool, `add`, and then answers.'
    agent = Agent(model, name=name)
    agent.tool_plain(name='add')(tool)
    return agent


def silent(a: int, b: int) -> int:
    return a + b
"""
"""A module that scripts import."""


@pytest.fixture(autouse=True)
def _callers(tmp_path: Path) -> None:
    (tmp_path / 'callers.py').write_text(CALLERS)


def family(child: Child) -> dict[str, tuple[str | None, str | None]]:
    """Each agent's parent, by name, and the call that started it. For scripts that run each agent once."""
    started = child.all(RunStarted)
    names = {run.run: run.agent for run in started}
    assert len(set(names.values())) == len(started)
    return {run.agent: (names[run.parent] if run.parent else None, run.parent_call) for run in started}


def assert_each_run_is_whole(child: Child) -> None:
    """Every run that was started walked all its nodes, called its tool once and finished."""
    runs = [started.run for started in child.all(RunStarted)]
    assert sorted(finished.run for finished in child.all(RunFinished)) == sorted(runs)
    assert sorted(finished.run for finished in child.all(ToolFinished)) == sorted(runs)
    for run in runs:
        assert child.kinds(run) == WHOLE_WALK
    assert not child.all(Fault)


BESIDE = """
    import asyncio, threading
    import anyio
    from callers import *

    def named(name):
        return calling(name, silent)

    async def gathered():
        results = await asyncio.gather(*(named(f'gathered {n}').run('x') for n in range(3)))
        print([result.output for result in results])

    async def streamed(name):
        async with named(name).iter('x') as run:
            async for node in run:
                if Agent.is_model_request_node(node):
                    async with node.stream(run.ctx) as events:
                        async for event in events:
                            await asyncio.sleep(0)

    async def grouped():
        async with anyio.create_task_group() as tasks:
            for n in range(3):
                tasks.start_soon(streamed, f'grouped {n}')

    def in_a_thread(name):
        asyncio.run(named(name).run('x'))

    asyncio.run(gathered())
    asyncio.run(grouped())
    threads = [threading.Thread(target=in_a_thread, args=(f'in thread {n}',)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    named('last').run_sync('x')
    print(threading.active_count(), 'thread')
"""


def test_runs_beside_each_other_each_have_all_their_events(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(BESIDE)
    assert child.session.returncode == 0
    assert len(child.all(RunStarted)) == 10
    assert set(family(child).values()) == {(None, None)}
    assert_each_run_is_whole(child)
    for started in child.all(RunStarted):
        if started.agent.startswith('grouped'):
            assert streamed_text(child, started.run) == 'hm wellthree it is'


def streamed_text(child: Child, run: str) -> str:
    text = ''
    for event in child.all(Stream):
        data = event.data
        assert isinstance(data, dict)
        if event.run == run:
            piece = data.get('delta') or (data.get('part') if data['event_kind'] == 'part_start' else None) or {}
            text += piece.get('content_delta') or piece.get('content') or ''
    return text


INSIDE = """
    import asyncio, contextvars, threading
    import anyio
    from callers import *
    from pydantic_ai.exceptions import UserError

    def leaf(name):
        return calling(name, silent)

    async def three_deep(a: int, b: int) -> str:
        async def second(a: int, b: int) -> str:
            async def third(a: int, b: int) -> str:
                return (await leaf('depth 4').run('x')).output
            return (await calling('depth 3', third).run('x')).output
        return (await calling('depth 2', second).run('x')).output

    def in_a_loop_of_its_own(name):
        return asyncio.run(leaf(name).run('x')).output

    def from_a_worker_thread(a: int, b: int) -> str:
        return in_a_loop_of_its_own('in worker thread')

    def from_a_worker_thread_without_a_loop(a: int, b: int) -> str:
        try:
            return leaf('in run_sync').run_sync('x').output
        except UserError:
            return 'this version allows no such run'

    async def from_tasks(a: int, b: int) -> str:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(leaf('in task 1').run, 'x')
            tasks.start_soon(leaf('in task 2').run, 'x')
        return 'both'

    def from_a_thread_with_the_context(a: int, b: int) -> str:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(in_a_loop_of_its_own, 'in thread'))
        thread.start()
        thread.join()
        return 'joined'

    async def to_a_thread(a: int, b: int) -> str:
        return (await asyncio.to_thread(leaf('in to_thread').run_sync, 'x')).output

    after = asyncio.Event()

    async def leaving_a_task(a: int, b: int) -> str:
        async def late():
            await after.wait()
            await leaf('after its call').run('x')
        leaving_a_task.task = asyncio.create_task(late())
        return 'started'

    async def main():
        print((await calling('depth 1', three_deep).run('x')).output)
        print((await calling('sync', from_a_worker_thread).run('x')).output)
        print((await calling('run_sync', from_a_worker_thread_without_a_loop).run('x')).output)
        print((await calling('tasks', from_tasks).run('x')).output)
        print((await calling('thread', from_a_thread_with_the_context).run('x')).output)
        print((await calling('to_thread', to_a_thread).run('x')).output)
        print((await calling('leaving', leaving_a_task).run('x')).output)
        after.set()
        await leaving_a_task.task
        await leaf('beside').run('x')

    asyncio.run(main())
"""


def test_a_run_inside_a_tool_knows_its_parent_wherever_the_tool_starts_it(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(INSIDE)
    assert child.session.returncode == 0
    inside = {agent: parent for agent, (parent, call) in family(child).items() if call == 'c1'}
    assert inside == {
        'depth 2': 'depth 1',
        'depth 3': 'depth 2',
        'depth 4': 'depth 3',
        'in worker thread': 'sync',
        **({'in run_sync': 'run_sync'} if 'in run_sync' in inside else {}),
        'in task 1': 'tasks',
        'in task 2': 'tasks',
        'in thread': 'thread',
        'in to_thread': 'to_thread',
        'after its call': 'leaving',
    }
    assert {agent for agent, (_, call) in family(child).items() if call is None} == {
        'depth 1',
        'sync',
        'run_sync',
        'tasks',
        'thread',
        'to_thread',
        'leaving',
        'beside',
    }
    assert_each_run_is_whole(child)


HANDED_OFF = """
    import asyncio
    from callers import *
    from pydantic_ai import ToolOutput

    async def hand_off(a: int, b: int) -> str:
        return (await calling('in output function', silent).run('x')).output

    async def fail(a: int, b: int) -> str:
        raise ValueError('failed')

    def handing_off(name, function):
        return Agent(model, name=name, output_type=ToolOutput(function, name='add'))

    async def main():
        print((await handing_off('handing off', hand_off).run('x')).output)
        await calling('after it', silent).run('x')
        try:
            await handing_off('failing', fail).run('x')
        except ValueError as error:
            print(error)
        await calling('after a failure', silent).run('x')

    asyncio.run(main())
"""


def test_a_run_inside_an_output_function_knows_its_parent_and_those_after_it_have_none(
    same_as_plain: SameAsPlain,
) -> None:
    child = same_as_plain(HANDED_OFF)
    assert family(child) == {
        'handing off': (None, None),
        'in output function': ('handing off', None),
        'after it': (None, None),
        'failing': (None, None),
        'after a failure': (None, None),
    }


GATHERED = """
    import asyncio, sys
    from callers import *

    async def tick():
        while await asyncio.to_thread(sys.stdin.readline):
            print('tick', flush=True)

    async def main():
        ticking = asyncio.create_task(tick())
        await asyncio.gather(*(calling(name, silent).run('x') for name in 'abc'))
        await ticking

    asyncio.run(main())
"""


def test_stepping_one_of_several_runs_leaves_the_others_where_they_are_and_their_loop_free(
    start_child: StartChild,
) -> None:
    child = start_child(GATHERED, stop_on_entry=True)
    held = {child.wait_for(Stopped).run for _ in range(3)}
    assert held == {'r1', 'r2', 'r3'}
    walked = []
    for _ in range(3):
        child.send(StepOver('r2'))
        stopped = child.wait_for(Stopped)
        walked.append((stopped.run, stopped.kind))
        child.session.write_stdin('\n')
        child.wait_for(Output, lambda output: 'tick' in output.text)
    assert walked == [('r2', 'ModelRequestNode'), ('r2', 'CallToolsNode'), ('r2', 'ModelRequestNode')]
    assert {resumed.run for resumed in child.all(Resumed)} == {'r2'}
    child.send(Continue())
    for _ in range(3):
        child.wait_for(RunFinished)
    child.session.close_stdin()
    child.finish()
    assert len(child.all(Stopped)) == 6
    assert_each_run_is_whole(child)


THREADS = """
    import asyncio, sys, threading
    from callers import *

    def work(name):
        asyncio.run(calling(name, silent).run('x'))
        sys.stdout.write(f'{name} is done\\n')
        sys.stdout.flush()

    threads = [threading.Thread(target=work, args=(name,)) for name in ('first', 'second')]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work('third')
"""


def test_a_run_in_a_loop_of_its_own_thread_is_stepped_while_one_in_another_waits(start_child: StartChild) -> None:
    child = start_child(THREADS, stop_on_entry=True)
    held, stepped = child.wait_for(Stopped), child.wait_for(Stopped)
    assert step_to_the_end(child, stepped.run) == [
        'ModelRequestNode',
        'CallToolsNode',
        'ModelRequestNode',
        'CallToolsNode',
        'End',
    ]
    child.wait_for(Output, lambda output: 'is done' in output.text)
    assert held.run not in {resumed.run for resumed in child.all(Resumed)}
    assert step_to_the_end(child, held.run)[-1] == 'End'
    third = child.wait_for(Stopped)
    assert third.run == 'r3'
    assert step_to_the_end(child, 'r3')[-1] == 'End'
    child.finish()
    assert child.stdout.endswith('third is done\n')
    assert_each_run_is_whole(child)


def step_to_the_end(child: Child, run: str) -> list[str]:
    """Step a run that waits until it has ended; where it stopped. No other run may stop meanwhile."""
    kinds: list[str] = []
    while 'End' not in kinds:
        child.send(StepOver(run))
        stopped = child.wait_for(Stopped)
        assert stopped.run == run
        kinds.append(stopped.kind)
    child.send(StepOver(run))
    child.wait_for(RunFinished, lambda finished: finished.run == run)
    return kinds


NESTED = """
    import asyncio, sys, threading
    from callers import *
    reading = threading.Lock()

    def ask(a: int, b: int) -> int:
        sys.stdout.write('asking\\n')
        sys.stdout.flush()
        with reading:
            return len(sys.stdin.readline())

    def hand_on(a: int, b: int) -> str:
        return asyncio.run(calling('inner', ask).run('x')).output

    async def main():
        await asyncio.gather(calling('outer', hand_on).run('x'), calling('beside', ask).run('x'))

    asyncio.run(main())
"""


def test_pausing_a_run_inside_a_tool_stops_it_alone_and_stepping_it_to_its_end_stops_its_parent(
    start_child: StartChild,
) -> None:
    child = start_child(NESTED)
    started = {event.agent: event.run for event in (child.wait_for(RunStarted) for _ in range(3))}
    wait_for_questions(child)
    inner, outer = started['inner'], started['outer']
    child.send(Pause(inner))
    # Commands are carried out in order: this one's answer says that the run was asked to pause.
    child.send(OpenValue(inner, 'deps', (), 0))
    child.wait_for(ValueOpened)
    child.session.write_stdin('one\ntwo\n')
    # Which comes first is open.
    one, other = child.wait_for((Stopped, RunFinished)), child.wait_for((Stopped, RunFinished))
    stop = next(event for event in (one, other) if isinstance(event, Stopped))
    assert (stop.run, stop.at, stop.after) == (inner, 'tool', True), 'the next possible stop is the return of the tool'
    assert started['beside'] in {event.run for event in (one, other) if isinstance(event, RunFinished)}
    child.send(StepOver(inner))
    assert child.wait_for(Stopped).kind == 'ModelRequestNode'
    child.send(StepOver(inner))
    assert child.wait_for(Stopped).kind == 'CallToolsNode'
    child.send(StepOver(inner))
    assert child.wait_for(Stopped).kind == 'End'
    child.send(StepOver(inner))
    stop = child.wait_for(Stopped)
    assert (stop.run, stop.node, stop.at, stop.kind) == (outer, 3, 'boundary', 'ModelRequestNode')
    child.send(Continue())
    child.finish()
    assert_each_run_is_whole(child)


def test_pausing_stops_every_run_and_continuing_lets_all_go(start_child: StartChild) -> None:
    child = start_child(NESTED)
    wait_for_questions(child)
    child.send(Pause(None))
    child.send(OpenValue('r1', 'deps', (), 0))
    child.wait_for(ValueOpened)
    child.session.write_stdin('one\ntwo\n')
    stopped = {child.wait_for(Stopped).run, child.wait_for(Stopped).run}
    names = {event.run: event.agent for event in child.all(RunStarted)}
    assert {names[run] for run in stopped} == {'inner', 'beside'}
    child.send(Continue())
    child.finish()
    assert len(child.all(Stopped)) == 2
    assert_each_run_is_whole(child)


def wait_for_questions(child: Child) -> None:
    """Until both tools of `NESTED` wait for a line."""
    while child.stdout.count('asking') < 2:
        child.wait_for(Output)
