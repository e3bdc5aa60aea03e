"""A run goes back to an earlier node and tries again: what the script gets is what the new branch came to."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import Continue, Edit, Rewind, SetBreakpoints, StepInto, StepOver
from pydantic_ai_debug.protocol.events import Fault, Record, Reused, RewindRefused, Rewound, Stopped, ToolFinished

from .conftest import Child, StartChild, stop_text

AGENT = """
    import asyncio, json, warnings
    warnings.simplefilter('ignore')  # versions of pydantic-ai differ in how they want to be asked for the usage
    from dataclasses import dataclass, field
    from pydantic_ai import Agent, RunContext
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import DeltaToolCall, FunctionModel

    @dataclass
    class Deps:
        notes: list = field(default_factory=list)
        lock: object = field(default_factory=lambda: __import__('threading').Lock())

    def prompt_of(messages):
        return [part.content for message in messages for part in message.parts if part.part_kind == 'user-prompt'][-1]

    def results(messages):
        return [part.content for message in messages for part in message.parts if part.part_kind == 'tool-return']

    def plan(messages):
        found = results(messages)
        if len(found) < 2:
            return 'note', {'text': prompt_of(messages), 'number': len(found)}
        return None, f'{prompt_of(messages)}: {found}'

    def answer(messages, info):
        tool, what = plan(messages)
        if tool is None:
            return ModelResponse(parts=[TextPart(what)])
        return ModelResponse(parts=[ToolCallPart(tool, what, tool_call_id=f'c{what["number"]}')])

    async def stream(messages, info):
        tool, what = plan(messages)
        if tool is None:
            for word in what.split(' '):
                yield word + ' '
        else:
            yield {0: DeltaToolCall(name=tool, json_args=json.dumps(what), tool_call_id=f'c{what["number"]}')}

    agent = Agent(FunctionModel(answer, stream_function=stream), name='scribe', deps_type=Deps)
    deps = Deps()

    @agent.tool
    async def note(ctx: RunContext[Deps], text: str, number: int) -> str:
        ctx.deps.notes.append(text)
        with open(__file__ + '.effects', 'a') as file:
            file.write(f'{text} {number}\\n')
        return f'{text} {number}'

    def usage_of(result):
        return result.usage() if callable(result.usage) else result.usage

    def report(result):
        messages = result.all_messages()
        print(str(result.output).strip())
        print([part.part_kind for message in messages for part in message.parts])
        print(usage_of(result).requests, usage_of(result).tool_calls, deps.notes, len(result.new_messages()))
"""

WAYS = {
    'run': """
        async def main():
            report(await agent.run('old', deps=deps))
        asyncio.run(main())
    """,
    'run_sync': """
        report(agent.run_sync('old', deps=deps))
    """,
    'event_stream_handler': """
        async def handle(ctx, events):
            async for event in events:
                pass
        async def main():
            report(await agent.run('old', deps=deps, event_stream_handler=handle))
        asyncio.run(main())
    """,
    'run_stream_events': """
        async def main():
            events = agent.run_stream_events('old', deps=deps)
            if hasattr(events, '__aenter__'):
                async with events as opened:
                    found = [event async for event in opened]
            else:
                found = [event async for event in events]
            report(found[-1].result)
        asyncio.run(main())
    """,
    'iter with async for': """
        async def main():
            async with agent.iter('old', deps=deps) as run:
                async for node in run:
                    pass
            report(run.result)
        asyncio.run(main())
    """,
    'iter with next': """
        from pydantic_graph import End
        async def main():
            async with agent.iter('old', deps=deps) as run:
                node = run.next_node
                while not isinstance(node, End):
                    node = await run.next(node)
            report(run.result)
        asyncio.run(main())
    """,
    'own node.stream': """
        async def main():
            async with agent.iter('old', deps=deps) as run:
                async for node in run:
                    if Agent.is_model_request_node(node):
                        async with node.stream(run.ctx) as events:
                            async for event in events:
                                pass
            report(run.result)
        asyncio.run(main())
    """,
    'run_stream': """
        async def main():
            async with agent.run_stream('old', deps=deps) as result:
                await result.get_output()
                result.output = await result.get_output()
            report(result)
        asyncio.run(main())
    """,
    'a sub-agent': """
        outer = Agent(FunctionModel(lambda messages, info: ModelResponse(parts=[TextPart('outer')]) if results(messages)
                                    else ModelResponse(parts=[ToolCallPart('ask', {}, tool_call_id='o')])), name='outer')
        @outer.tool_plain
        async def ask() -> str:
            result = await agent.run('old', deps=deps)
            report(result)
            return 'asked'
        async def main():
            assert (await outer.run('go')).output == 'outer'
        asyncio.run(main())
    """,
}

NEW_BRANCH = """new: ['new 0', 'new 1']
['user-prompt', 'tool-call', 'tool-return', 'tool-call', 'tool-return', 'text']
3 2 ['new', 'new'] 6
"""


def script(way: str) -> str:
    return dedent(AGENT) + dedent(WAYS[way])


def stopped_at(child: Child, run: str, kind: str, node: int) -> Stopped:
    return child.wait_for(
        Stopped, lambda stop: (stop.run, stop.kind, stop.node, stop.at) == (run, kind, node, 'boundary')
    )


def step_to_end(child: Child, run: str, *, to: str = 'End') -> Stopped:
    """Step over until a run is before a node of a kind."""
    while True:
        stop = child.wait_for(Stopped, lambda stop: stop.run == run)
        if stop.kind == to:
            return stop
        child.send(StepOver(run))


def test_runs_go_back_two_requests_with_another_prompt_and_the_script_gets_the_new_branches(
    start_program: StartChild,
) -> None:
    ways = [way for way in WAYS if way != 'run_stream']
    runs = [f'deps = Deps()\n{dedent(WAYS[way])}' for way in ways]
    child = start_program(dedent(AGENT) + ''.join(runs), breakpoints=(Breakpoint('scribe/End'),))
    for way in ways:
        end = child.wait_for_stop()
        assert (end.kind, end.node) == ('End', 7), way
        # 0 UserPromptNode, 1 ModelRequestNode, 2 CallToolsNode, 3 ModelRequestNode, ...
        child.send(Rewind(end.run, 1))
        rewound = child.wait_for(Rewound)
        assert (rewound.node, rewound.to, rewound.usage) == (8, 1, {}), way
        stopped_at(child, end.run, 'ModelRequestNode', 8)
        child.send(Edit(end.run, None, 'prompt', 'new'))
        child.send(Continue())
        assert stop_text(child.wait_for_stop()) == f'{end.run} before End', way
        child.send(Continue())
    child.finish()
    assert child.stdout == NEW_BRANCH * len(ways)
    assert child.returncode == 0
    assert not child.all(Fault)
    assert child.stderr == ''


def test_deps_are_put_back_in_place_and_what_cannot_be_is_named(start_program: StartChild) -> None:
    child = start_program(script('run'), stop_on_entry=True)
    step_to_end(child, 'r1')
    child.send(Rewind('r1', 3))
    rewound = child.wait_for(Rewound)
    assert rewound.left == ('deps.lock (lock)',)
    assert isinstance(rewound.usage, dict)
    assert (rewound.usage['requests'], rewound.usage['tool_calls']) == (1, 1)
    stopped_at(child, 'r1', 'ModelRequestNode', 8)
    child.send(Continue())
    child.finish()
    # The second note was not taken again: what it did to the deps is undone, what it returned is reused.
    assert child.stdout.splitlines()[-1] == "3 1 ['old'] 6"


@pytest.mark.parametrize(('again', 'ran'), [((), 2), (('c1',), 3), (('c0', 'c1'), 4)])
def test_a_tool_with_side_effects_is_not_run_again_unless_it_is_asked_for(
    again: tuple[str, ...], ran: int, start_program: StartChild, tmp_path: Path
) -> None:
    child = start_program(script('run'), stop_on_entry=True)
    step_to_end(child, 'r1')
    child.send(Rewind('r1', 1, again))
    stopped_at(child, 'r1', 'ModelRequestNode', 8)
    child.send(Continue())
    child.finish()
    assert child.stdout.splitlines()[0] == "old: ['old 0', 'old 1']"
    assert [event.call for event in child.all(Reused)] == [call for call in ('c0', 'c1') if call not in again]
    assert len((tmp_path / 'script.py.effects').read_text().splitlines()) == ran


def test_a_run_that_failed_goes_back_and_ends_well(start_program: StartChild) -> None:
    failing = """
        tries = []
        @agent.output_validator
        def check(output: str) -> str:
            tries.append(output)
            if 'old' in output:
                raise ValueError('too old')
            return output
    """
    child = start_program(dedent(AGENT) + dedent(failing) + dedent(WAYS['run']), stop_on_error=True)
    failed = child.wait_for_stop()
    assert (failed.at, failed.kind, failed.node) == ('error', 'CallToolsNode', 6)
    child.send(Rewind('r1', 1))
    stopped_at(child, 'r1', 'ModelRequestNode', 7)
    child.send(Edit('r1', None, 'prompt', 'new'))
    child.send(Continue())
    child.finish()
    assert (child.stdout, child.stderr, child.returncode) == (NEW_BRANCH, '', 0)


@pytest.mark.parametrize('way', ['run', 'iter with async for', 'iter with next', 'run_stream_events'])
def test_a_run_goes_back_from_inside_of_a_tool_call_which_does_not_run(way: str, start_program: StartChild) -> None:
    child = start_program(script(way), breakpoints=(Breakpoint('tool:note x2'),))
    stop = child.wait_for_stop()
    assert (stop.at, stop.kind, stop.node) == ('tool', 'note', 4)
    child.send(Rewind('r1', 1))
    stopped_at(child, 'r1', 'ModelRequestNode', 5)
    child.send(Edit('r1', None, 'prompt', 'new'))
    child.send(Continue())
    child.finish()
    assert (child.stdout, child.stderr, child.returncode) == (NEW_BRANCH, '', 0)
    assert not child.all(Fault)
    assert [(event.node, event.outcome) for event in child.all(ToolFinished)] == [
        (2, 'returned'), (4, 'skipped'), (6, 'returned'), (8, 'returned'),
    ]  # fmt: skip


@pytest.mark.parametrize('way', ['event_stream_handler', 'run_stream_events'])
def test_a_run_goes_back_from_inside_of_a_stream(way: str, start_program: StartChild) -> None:
    child = start_program(script(way), stop_on_entry=True)
    while (stop := child.wait_for_stop()).node < 5:
        child.send(StepOver('r1'))
    child.send(StepInto('r1'))
    stop = child.wait_for_stop()
    assert (stop.at, stop.node) == ('stream', 5)
    child.send(Rewind('r1', 1))
    stopped_at(child, 'r1', 'ModelRequestNode', 6)
    child.send(Edit('r1', None, 'prompt', 'new'))
    child.send(Continue())
    child.finish()
    assert (child.stdout, child.stderr, child.returncode) == (NEW_BRANCH, '', 0)
    assert not child.all(Fault)


def test_a_run_goes_back_while_one_inside_of_it_waits(start_program: StartChild) -> None:
    child = start_program(
        """
        import asyncio
        from boss import *
        print(asyncio.run(boss.run('go')).output)
        """,
        breakpoints=(Breakpoint('researcher/tool:search'),),
    )
    child.wait_for_stop('r2')
    child.send(Rewind('r1', 1))
    stopped_at(child, 'r1', 'ModelRequestNode', 3)
    child.send(Continue())
    child.wait_for_stop('r3')
    child.send(Continue())
    child.finish()
    assert (child.stdout, child.stderr) == ('a=rain in Oslo; b=found TEA; c=noon\n', '')
    assert not child.all(Fault)
    # What ran to its end before is not run again.
    assert sorted(event.call or '' for event in child.all(Reused)) == ['a', 'c']


def test_parallel_calls_that_wait_are_all_left(start_program: StartChild) -> None:
    child = start_program(
        """
        import asyncio
        from boss import *
        print(asyncio.run(boss.run('go')).output)
        """,
        breakpoints=(Breakpoint('tool:*'),),
    )
    for _ in range(3):
        child.wait_for_stop('r1')
    child.send(SetBreakpoints(()))
    child.send(Rewind('r1', 0))
    stopped_at(child, 'r1', 'UserPromptNode', 3)
    child.send(Continue())
    child.finish()
    assert (child.stdout, child.stderr) == ('a=rain in Oslo; b=found TEA; c=noon\n', '')
    assert not child.all(Reused)
    assert not child.all(Fault)


SHARED_USAGE = """
    from pydantic_ai.usage import RunUsage
    usage = RunUsage()

    async def main():
        one, two = await asyncio.gather(
            agent.run('one', deps=Deps(), usage=usage), agent.run('two', deps=Deps(), usage=usage)
        )
        print(one.output, '|', two.output)
        print(usage.requests, usage.tool_calls)

    asyncio.run(main())
"""


def test_what_another_run_counted_into_the_same_usage_meanwhile_is_not_taken_back(start_program: StartChild) -> None:
    child = start_program(dedent(AGENT) + dedent(SHARED_USAGE), breakpoints=(Breakpoint('run:scribe'),))
    stopped_at(child, 'r2', 'UserPromptNode', 0)
    for run in ('r1', 'r2'):
        child.send(StepOver(run))
        step_to_end(child, run)
    child.send(Rewind('r1', 1))
    rewound = child.wait_for(Rewound)
    assert isinstance(rewound.usage, dict)
    assert (rewound.usage['requests'], rewound.usage['tool_calls']) == (3, 2)
    stopped_at(child, 'r1', 'ModelRequestNode', 8)
    # Back to the end of the branch that was left, and of what that had counted.
    child.send(Rewind('r1', 7))
    again = child.wait_for(Rewound, lambda rewound: rewound.to == 7)
    assert isinstance(again.usage, dict)
    assert (again.usage['requests'], again.usage['tool_calls']) == (6, 4)
    stopped_at(child, 'r1', 'End', 9)
    child.send(Rewind('r1', 3))
    stopped_at(child, 'r1', 'ModelRequestNode', 10)
    child.send(Continue())
    child.finish()
    # The second call of the new branch is answered by what it came to.
    assert child.stdout.splitlines()[-1] == '6 3'
    assert not child.all(Fault)


INNER_USAGE = """
    helper = Agent(FunctionModel(answer), name='helper', deps_type=Deps)
    helper.tool(note)

    def delegate(messages, info):
        if len(messages) == 1:
            return ModelResponse(parts=[ToolCallPart('ask', {'what': what}) for what in ('one', 'two')])
        return ModelResponse(parts=[TextPart('done')])

    boss = Agent(FunctionModel(delegate), name='boss')

    @boss.tool
    async def ask(ctx: RunContext[None], what: str) -> str:
        return (await helper.run(what, deps=Deps(), usage=ctx.usage)).output

    async def main():
        result = await boss.run('go')
        print(usage_of(result).requests, usage_of(result).tool_calls)

    asyncio.run(main())
"""


def test_a_sub_agent_that_goes_back_takes_nothing_from_its_siblings_and_its_parent_takes_all(
    start_program: StartChild,
) -> None:
    child = start_program(dedent(AGENT) + dedent(INNER_USAGE), breakpoints=(Breakpoint('run:helper'),))
    stopped_at(child, 'r3', 'UserPromptNode', 0)
    for run in ('r2', 'r3'):
        child.send(StepOver(run))
        step_to_end(child, run)
    child.send(Rewind('r2', 1))
    rewound = child.wait_for(Rewound)
    assert isinstance(rewound.usage, dict)
    # The boss's request and the other helper's three; no tool of the boss's has returned.
    assert (rewound.usage['requests'], rewound.usage['tool_calls']) == (4, 2)
    stopped_at(child, 'r2', 'ModelRequestNode', 8)
    child.send(SetBreakpoints(()))
    child.send(Rewind('r1', 1))
    left = child.wait_for(Rewound, lambda rewound: rewound.run == 'r1')
    assert left.usage == {}
    assert not child.all(Fault)
    child.send(Continue())


def test_what_was_undone_can_be_gone_back_to(start_program: StartChild) -> None:
    child = start_program(script('run'), stop_on_entry=True)
    step_to_end(child, 'r1')
    child.send(Rewind('r1', 1))
    stopped_at(child, 'r1', 'ModelRequestNode', 8)
    child.send(Edit('r1', None, 'prompt', 'new'))
    child.send(StepOver('r1'))
    stopped_at(child, 'r1', 'CallToolsNode', 9)
    # The end of the first branch, which the script did not get.
    child.send(Rewind('r1', 7))
    rewound = child.wait_for(Rewound)
    assert (rewound.node, rewound.to) == (10, 7)
    end = stopped_at(child, 'r1', 'End', 10)
    assert end.edits == ('output',)
    child.send(Continue())
    child.finish()
    assert child.stdout.splitlines()[0] == "old: ['old 0', 'old 1']"
    assert child.stdout.splitlines()[2] == "3 2 ['old', 'old'] 6"
    folded = reduced(child)
    run = folded.runs['r1']
    assert run.undone == {7, 8, 9}
    assert [node.kind for node in run.nodes if node.index not in run.undone][-1] == 'End'
    assert run.spent.output > run.usage['output_tokens']  # type: ignore[operator]


def reduced(child: Child) -> SessionState:
    state = SessionState()
    for seq, event in enumerate(child.events):
        state = reduce(state, Record(seq, float(seq), event))
    return state


def test_a_run_says_why_it_cannot_go_back(start_program: StartChild) -> None:
    child = start_program(script('run'), stop_on_entry=True)
    child.wait_for_stop()
    child.send(Rewind('r1', 0))
    assert 'nothing has run yet' in child.wait_for(RewindRefused).message
    child.send(StepOver('r1'))
    stopped_at(child, 'r1', 'ModelRequestNode', 1)
    child.send(Rewind('r1', 1))
    assert 'waits there already' in child.wait_for(RewindRefused).message
    child.send(Rewind('r1', 5))
    assert 'not known' in child.wait_for(RewindRefused).message
    child.send(Rewind('r7', 1))
    assert 'has ended' in child.wait_for(RewindRefused).message
    child.send(Continue())
    child.finish()
    assert child.returncode == 0


def test_a_stream_that_the_program_reads_itself_is_not_left(start_program: StartChild) -> None:
    for way, why in (('own node.stream', 'reads this stream itself'), ('run_stream', 'handed this stream')):
        child = start_program(script(way), stop_on_entry=True)
        while (stop := child.wait_for_stop()).node < 5:
            child.send(StepOver('r1'))
        child.send(StepInto('r1'))
        stop = child.wait_for_stop()
        assert (stop.at, stop.node) == ('stream', 5)
        child.send(Rewind('r1', 1))
        assert why in child.wait_for(RewindRefused).message
        child.send(Continue())
        child.finish()
        assert child.returncode == 0


def test_run_stream_goes_back_up_to_its_last_request(start_program: StartChild) -> None:
    child = start_program(script('run_stream'), stop_on_entry=True)
    while child.wait_for_stop().node < 5:
        child.send(StepOver('r1'))
    child.send(Rewind('r1', 1))
    stopped_at(child, 'r1', 'ModelRequestNode', 6)
    child.send(Edit('r1', None, 'prompt', 'new'))
    child.send(Continue())
    child.finish()
    assert (child.stdout, child.stderr, child.returncode) == (NEW_BRANCH, '', 0)


def test_run_stream_goes_nowhere_once_the_program_has_read_its_result(start_program: StartChild) -> None:
    child = start_program(script('run_stream'), stop_on_entry=True)
    for kind in ('SetFinalResult', 'End'):
        step_to_end(child, 'r1', to=kind)
        child.send(Rewind('r1', 1))
        assert 'handed its result' in child.wait_for(RewindRefused).message
        child.send(StepOver('r1'))
    child.finish()
    assert not child.all(Rewound)
    assert child.stdout.splitlines()[0] == "old: ['old 0', 'old 1']"
    assert "['old', 'old']" in child.stdout
    assert child.returncode == 0


STREAMED_CALLS = """
    async def stream(messages, info):
        yield {0: DeltaToolCall(name='note', json_args='{"text": "old", "number": 0}', tool_call_id='n'),
               1: DeltaToolCall(name='final_result', json_args='{"response": 7}', tool_call_id='f')}
    agent = Agent(FunctionModel(stream_function=stream), deps_type=Deps, output_type=int, end_strategy='exhaustive')
    agent.tool(note)
    async def main():
        async with agent.run_stream('old', deps=deps) as result:
            print(await result.get_output())
    asyncio.run(main())
"""


def test_a_tool_that_run_stream_calls_after_its_result_was_read_is_not_left(start_program: StartChild) -> None:
    child = start_program(dedent(AGENT) + dedent(STREAMED_CALLS), stop_on_entry=True)
    while child.wait_for_stop().at != 'tool':
        child.send(StepInto('r1'))
    child.send(Rewind('r1', 1))
    assert 'handed its result' in child.wait_for(RewindRefused).message
    child.send(Continue())
    child.finish()
    assert (child.stdout, child.returncode) == ('7\n', 0)


OWN_NODE = """
    async def main():
        async with agent.iter('old', deps=deps) as run:
            node = run.next_node
            while not Agent.is_end_node(node):
                if Agent.is_model_request_node(node):
                    node = type(node)(node.request)
                node = await run.next(node)
        report(run.result)
    asyncio.run(main())
"""


def test_a_run_goes_back_from_before_a_node_of_the_programs_own(start_program: StartChild) -> None:
    child = start_program(dedent(AGENT) + dedent(OWN_NODE), stop_on_entry=True)
    while child.wait_for_stop().node < 5:
        child.send(StepOver('r1'))
    # The run's own node is announced first, and then the program's, which it runs in place of that.
    child.send(StepOver('r1'))
    assert child.wait_for_stop().node == 5
    child.send(Rewind('r1', 1))
    stopped_at(child, 'r1', 'ModelRequestNode', 6)
    child.send(Edit('r1', None, 'prompt', 'new'))
    child.send(Continue())
    child.finish()
    assert (child.stdout, child.stderr, child.returncode) == (NEW_BRANCH, '', 0)


FAILING_PARTS = {
    'a model that raises': """
        failing = []
        def broken(messages, info):
            failing.append(1)
            if len(failing) == 2:
                raise ConnectionError('no network')
            return answer(messages, info)
        agent.model = FunctionModel(broken)
    """,
    'a tool that raises': """
        @agent.tool_plain
        async def note(text: str, number: int) -> str:
            raise ValueError('full')
    """,
    'a line of a tool': """
        @agent.tool_plain
        async def note(text: str, number: int) -> str:
            if text == 'old':
                try:
                    breakpoint()
                except Exception:
                    print('it is no error')
            return f'{text} {number}'
    """,
}


@pytest.mark.parametrize('what', FAILING_PARTS)
def test_a_run_goes_back_from_where_its_code_waits(what: str, start_program: StartChild) -> None:
    source = dedent(AGENT).replace('@agent.tool\n', '' if 'tool' in what else '@agent.tool\n')
    child = start_program(source + dedent(FAILING_PARTS[what]) + dedent(WAYS['run']), stop_on_error=True)
    stop = child.wait_for_stop()
    assert stop.at == ('line' if 'line' in what else 'error')
    child.send(Rewind('r1', 0))
    stopped_at(child, 'r1', 'UserPromptNode', stop.node + 1)
    child.send(Edit('r1', None, 'prompt', 'new'))
    child.send(Continue())
    if what == 'a tool that raises':
        # It fails once more, and is let go.
        child.wait_for_stop()
        child.send(Continue())
    child.finish()
    assert not child.all(Fault)
    if what == 'a tool that raises':
        assert child.stderr.endswith('ValueError: full\n')
    else:
        assert child.stdout.splitlines()[0] == "new: ['new 0', 'new 1']"
        assert child.returncode == 0


def test_threads_that_run_agents_go_back_by_themselves(start_program: StartChild) -> None:
    threads = """
        import threading
        started = [threading.Thread(target=lambda: print(agent.run_sync('old', deps=Deps()).output)) for _ in range(2)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
    """
    child = start_program(dedent(AGENT) + dedent(threads), breakpoints=(Breakpoint('End'),))
    for _ in range(2):
        assert child.wait_for_stop().kind == 'End'
    child.send(Rewind('r1', 1))
    stopped_at(child, 'r1', 'ModelRequestNode', 8)
    child.send(SetBreakpoints(()))
    child.send(Edit('r1', None, 'prompt', 'new'))
    child.send(Continue())
    child.finish()
    assert sorted(child.stdout.splitlines()) == ["new: ['new 0', 'new 1']", "old: ['old 0', 'old 1']"]
