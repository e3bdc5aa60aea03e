"""Each kind of breakpoint stops where it says, and says which one it was; scripts end as they would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import Continue, Evaluate, Rewind, SetBreakpoints
from pydantic_ai_debug.protocol.events import (
    BreakpointsSet,
    Evaluated,
    Fault,
    Hint,
    Logged,
    Output,
    Resumed,
    RunStarted,
    Stopped,
)

from .conftest import Child, StartChild, stop_text

pytestmark = pytest.mark.oldest_and_newest

BOSS_RUN = """
    from boss import *
    print(boss.run_sync('go').output)
"""

STREAMED = """
    from boss import *

    async def main():
        async with boss.run_stream('go') as result:
            print(await result.get_output())

    asyncio.run(main())
"""

SHOP = """
    from dataclasses import dataclass, field
    from pydantic import BaseModel
    from pydantic_ai import Agent, ApprovalRequired, DeferredToolRequests, ModelRetry, RunContext
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    @dataclass
    class Cart:
        total: int = 0

    @dataclass
    class Shop:
        cart: Cart = field(default_factory=Cart)

    def playing(*responses):
        rest = iter(responses)
        return FunctionModel(lambda messages, info: ModelResponse(parts=next(rest)))

    def call(tool, call_id, **args):
        return ToolCallPart(tool, args, tool_call_id=call_id)
"""

BUYING = (
    SHOP
    + """
    agent = Agent(
        playing(
            [call('buy', 'c1', price=3)],
            [call('buy', 'c2', price=3)],
            [call('buy', 'c3', price=3)],
            [TextPart('done')],
        ),
        deps_type=Shop,
        name='buyer',
    )

    @agent.tool
    def buy(ctx: RunContext[Shop], price: int) -> int:
        ctx.deps.cart.total += price
        return ctx.deps.cart.total

    print(agent.run_sync('buy', deps=Shop()).output)
"""
)

FUSSY = (
    SHOP
    + """
    class Bill(BaseModel):
        total: int

    agent = Agent(
        playing(
            [call('look', 'c1', where='up')],
            [call('look', 'c2', where=7, extra=1), call('look', 'c3', where={})],
            [call('final_result', 'c4', total='many')],
            [call('final_result', 'c5', total=1)],
            [call('final_result', 'c6', total=2)],
        ),
        output_type=Bill,
        retries=5,
    )

    @agent.tool_plain
    def look(where: str) -> str:
        if where == 'up':
            raise ModelRetry('not up')
        return 'seen'

    @agent.output_validator
    def check(bill: Bill) -> Bill:
        if bill.total < 2:
            raise ModelRetry('too little')
        return bill

    print(agent.run_sync('look').output)
"""
)

FAILING = (
    SHOP
    + """
    agent = Agent(playing([call('fail', 'c1', how='hard')], [TextPart('never')]), name='failer')

    @agent.tool_plain
    def fail(how: str) -> str:
        raise ValueError(how)

    try:
        agent.run_sync('x')
    except ValueError as error:
        print('failed', error)
"""
)

DEFERRING = (
    SHOP
    + """
    agent = Agent(
        playing([call('buy', 'c1', price=3), call('send', 'c2', to='Ann')]), output_type=[str, DeferredToolRequests]
    )

    @agent.tool_plain(requires_approval=True)
    def buy(price: int) -> str:
        return 'bought'

    @agent.tool_plain
    def send(to: str) -> str:
        raise ApprovalRequired

    output = agent.run_sync('x').output
    print(sorted(call.tool_name for call in output.approvals))
"""
)

STOPS = {
    'ModelRequestNode': (BOSS_RUN, ['r1 before ModelRequestNode', 'r2 before ModelRequestNode'] * 2),
    'boss/ModelRequestNode': (BOSS_RUN, ['r1 before ModelRequestNode'] * 2),
    'boss/End': (BOSS_RUN, ['r1 before End']),
    'tool:search': (BOSS_RUN, ['r2 before search']),
    'researcher/tool:search': (BOSS_RUN, ['r2 before search']),
    'boss/tool:search': (BOSS_RUN, []),
    'tool:search:after': (BOSS_RUN, ['r2 after search']),
    'boss/tool:*': (BOSS_RUN, ['r1 before weather', 'r1 before research', 'r1 before clock']),
    'boss/tool:* x2': (BOSS_RUN, ['r1 before research']),
    'tool:* if args.get("query") == "tea"': (BOSS_RUN, ['r2 before search']),
    'boss/End if result': (BOSS_RUN, ['r1 before End']),
    'tool:*:after if result == "noon"': (BOSS_RUN, ['r1 after clock']),
    'tool:weather if messages[0].parts[0].content == "go" and usage.requests == 1': (BOSS_RUN, ['r1 before weather']),
    'run:researcher': (BOSS_RUN, ['r2 before UserPromptNode']),
    'run:*': (BOSS_RUN, ['r1 before UserPromptNode', 'r2 before UserPromptNode']),
    'boss/result': (BOSS_RUN, ['r1 before End']),
    'result': (STREAMED, ['r2 before End', 'r1 in ModelRequestNode']),
    'text:found': (STREAMED, ['r2 before CallToolsNode', 'r1 in ModelRequestNode']),
    'boss/args:Oslo': (STREAMED, ['r1 in ModelRequestNode']),
    'args:"Oslo': (BOSS_RUN, ['r1 before CallToolsNode']),
    'budget:requests >= 2': (BUYING, ['r1 before CallToolsNode']),
    'budget:tool_calls > 2': (BUYING, ['r1 after buy', 'r1 before ModelRequestNode']),
    'repeat:2': (BUYING, ['r1 before buy']),
    'repeat:9': (BUYING, []),
    'watch:deps.cart.total': (BUYING, ['r1 after buy'] * 3),
    'watch:deps.cart.total if deps.cart.total > 6': (BUYING, ['r1 after buy']),
    'error': (FAILING, ['r1 error in fail']),
    'error if "hard" in str(error)': (FAILING, ['r1 error in fail']),
    'retry': (
        FUSSY,
        [
            'r1 error in look',
            'r1 error in look',
            'r1 error in look',
            'r1 error in CallToolsNode',
            'r1 error in CallToolsNode',
        ],
    ),
    'retry if tool == "look"': (FUSSY, ['r1 error in look'] * 3),
    'deferral': (DEFERRING, ['r1 error in send', 'r1 before End']),
}
"""By SPEC: a script, and where it stops."""

IN_TURN = """
    import runpy, sys
    from pathlib import Path

    for line in sys.stdin:
        runpy.run_path(str(Path(__file__).with_name(line.strip())))
        # One write, whether or not Python buffers.
        print(f'done with {line.strip()}', flush=True)
"""
"""Runs the programs whose names it reads."""


def test_each_breakpoint_stops_where_it_says(start_program: StartChild, tmp_path: Path) -> None:
    child = start_program(IN_TURN, breakpoints=tuple(map(Breakpoint, STOPS)), waits=False)
    for number, (spec, (script, _)) in enumerate(STOPS.items()):
        (tmp_path / f'program{number}.py').write_text(dedent(script))
        child.send(SetBreakpoints((Breakpoint(spec),)))
        child.wait_for(BreakpointsSet, lambda told, spec=spec: told.breakpoints == (Breakpoint(spec),))  # type: ignore[misc]
        child.session.write_stdin(f'program{number}.py\n')
        child.wait_for(Output, lambda output, number=number: f'done with program{number}' in output.text)  # type: ignore[misc]
    child.session.close_stdin()
    child.finish()
    assert child.returncode == 0, child.stderr
    assert not child.all(Fault)
    assert len(child.all(Resumed)) == len(child.all(Stopped))
    stops, expected = stops_by_spec(child), {spec: stops for spec, (_, stops) in STOPS.items()}
    # The calls in parallel, and the sub-agent of one of them.
    assert sorted(stops.pop('ModelRequestNode')) == sorted(expected.pop('ModelRequestNode'))
    assert stops.pop('budget:tool_calls > 2') in ([stop] for stop in expected.pop('budget:tool_calls > 2'))
    assert stops == expected


def stops_by_spec(child: Child) -> dict[str, list[str]]:
    """Where runs stopped while a breakpoint was the only one, their numbers counted anew with each."""
    stops: dict[str, list[str]] = {}
    runs: dict[str, str] = {}
    spec = ''
    for event in child.events:
        match event:
            case BreakpointsSet((breakpoint_,)):
                spec = breakpoint_.spec
                stops[spec] = []
                runs = {}
            case RunStarted():
                runs[event.run] = f'r{len(runs) + 1}'
            case Stopped():
                assert event.spec == spec
                stops[spec].append(stop_text(replace(event, run=runs[event.run])))
            case _:
                pass
    return stops


def hold(start_program: StartChild, script: str, *specs: str) -> Child:
    return start_program(script, breakpoints=tuple(map(Breakpoint, specs)))


def test_a_breakpoint_holds_the_run_until_it_is_let_go(start_program: StartChild) -> None:
    child = hold(start_program, BUYING, 'tool:buy')
    for total in (0, 3, 6):
        stopped = child.wait_for_stop()
        assert stop_text(stopped) == 'r1 before buy'
        child.send(Evaluate('r1', stopped.call, total, 'deps.cart.total'))
        evaluated = child.wait_for(Evaluated)
        assert evaluated.value is not None
        assert evaluated.value.text == str(total)
        child.send(Continue())
    child.finish()
    assert child.stdout == 'done\n'


def test_breakpoints_are_set_and_removed_while_a_run_waits(start_program: StartChild) -> None:
    child = hold(start_program, BUYING, 'tool:buy')
    child.wait_for_stop()
    child.send(SetBreakpoints((Breakpoint('tool:buy', enabled=False), Breakpoint('End'))))
    child.wait_for(BreakpointsSet)
    child.send(Continue())
    assert stop_text(child.wait_for_stop()) == 'r1 before End'
    child.send(Continue())
    child.finish()


def test_a_breakpoint_that_is_meant_once_is_off_after_its_stop(start_program: StartChild) -> None:
    child = hold(start_program, BUYING, 'tool:buy once')
    child.wait_for_stop()
    child.send(Continue())
    child.finish()
    assert child.stops() == ['r1 before buy']
    assert child.all(BreakpointsSet)[-1].breakpoints == (Breakpoint('tool:buy once', enabled=False),)


def test_a_logpoint_prints_and_stops_nothing(start_program: StartChild) -> None:
    child = hold(start_program, BUYING, 'tool:buy:after log total {deps.cart.total} for {args["price"]} {nothing}')
    child.finish()
    assert child.stops() == []
    assert [logged.text for logged in child.all(Logged)] == [
        f"total {total} for 3 <NameError: name 'nothing' is not defined>" for total in (3, 6, 9)
    ]
    assert child.stdout == 'done\n'


def test_a_condition_that_raises_stops_and_says_why(start_program: StartChild) -> None:
    child = hold(start_program, BUYING, 'tool:buy if deps.basket.total > 3')
    stopped = child.wait_for_stop()
    assert stopped.problem is not None
    assert "AttributeError: 'Shop' object has no attribute 'basket'" in stopped.problem
    child.send(SetBreakpoints(()))
    child.send(Continue())
    child.finish()


def test_a_failing_tool_goes_on_failing_as_without_a_breakpoint(start_program: StartChild) -> None:
    child = hold(start_program, FAILING, 'error')
    stopped = child.wait_for_stop()
    assert stopped.error is not None
    assert (stopped.error.type, stopped.error.message) == ('ValueError', 'hard')
    own = [frame for frame in stopped.error.frames if frame.user]
    assert [(entry.name, entry.value.text) for entry in own[-1].locals] == [('how', 'hard')]
    child.send(Continue())
    child.finish()
    assert child.stdout == 'failed hard\n'
    assert child.stops() == ['r1 error in fail'], 'an error that was seen does not stop again on its way out'


CIRCLING = (
    SHOP
    + """
    agent = Agent(
        playing(
            *([call('look', f'c{turn}', at='a')] for turn in range(4)),
            [TextPart('done')],
        ),
        name='circling',
    )

    @agent.tool_plain
    def look(at: str) -> str:
        return at

    print(agent.run_sync('x').output)
"""
)


def test_calls_of_a_branch_that_was_undone_are_no_repetition(start_program: StartChild) -> None:
    child = start_program(CIRCLING, breakpoints=(Breakpoint('repeat:2'),))
    second = child.wait_for_stop()
    assert (second.call, second.node) == ('c1', 4)
    child.send(Rewind('r1', 1))
    child.wait_for_stop()
    child.send(Continue())
    again = child.wait_for_stop()
    assert (again.call, again.spec) == ('c3', 'repeat:2')
    child.send(Continue())
    child.finish()
    assert child.stdout == 'done\n'
    assert not child.all(Hint), child.all(Hint)
    assert not child.all(Fault)


def test_an_output_that_is_refused_for_good_asked_for_a_retry_too(start_program: StartChild) -> None:
    script = FUSSY.replace('retries=5', 'retries=0').replace("[call('look', 'c1', where='up')],", '')
    script = script.replace("[call('look', 'c2', where=7, extra=1), call('look', 'c3', where={})],", '')
    child = start_program(script, breakpoints=(Breakpoint('retry'),))
    child.wait_for_stop()
    child.send(Continue())
    child.finish()
    assert [(stop.spec, stop_text(stop)) for stop in child.all(Stopped)] == [('retry', 'r1 error in CallToolsNode')]
