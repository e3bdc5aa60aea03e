"""A script that runs again on a recording: the same without its model, and stopped where it asks something else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import to_json, wire_name
from pydantic_ai_debug.protocol.commands import (
    AnswerByHand,
    Continue,
    Edit,
    GoLive,
    Retry,
    Rewind,
    StepOver,
    UseRecorded,
)
from pydantic_ai_debug.recording.tape import write_tape

from .conftest import Child, FinishedChild, StartChild, endings, let_go

pytestmark = pytest.mark.oldest_and_newest

PROGRAM = """
    import asyncio, sys
    from pydantic_ai import Agent, ModelRetry, ToolReturn
    from pydantic_ai.messages import ModelResponse, TextPart, ThinkingPart, ToolCallPart
    from pydantic_ai.models.function import DeltaThinkingPart, DeltaToolCall, FunctionModel

    asked = 0

    def ask():
        global asked
        asked += 1
        assert 'offline' not in sys.argv, 'the model was asked'

    def returned(messages):
        return [part.content for message in messages for part in message.parts if part.part_kind == 'tool-return']

    def answer(messages, info):
        ask()
        if returned(messages):
            return ModelResponse(parts=[TextPart(f'sum {returned(messages)} {asked}')])
        # Its id is random.
        return ModelResponse(parts=[ThinkingPart('hm'), ToolCallPart('add', {'a': 1, 'b': 2})])

    async def stream(messages, info):
        ask()
        if returned(messages):
            for word in ('the ', 'sum ', 'is ', str(returned(messages))):
                yield word
            return
        yield {0: DeltaThinkingPart(content='hm ')}
        yield {0: DeltaThinkingPart(content='well')}
        yield {1: DeltaToolCall(name='add', json_args='{"a": 1,', tool_call_id='c1')}
        yield {1: DeltaToolCall(json_args=' "b": 2}')}

    adder = Agent(FunctionModel(answer, stream_function=stream, model_name='scripted'), name='adder')
    PROMPT = 'add one and two'

    @adder.tool_plain
    def add(a: int, b: int) -> int:
        print('adding')
        return a + b
"""

WAYS = {
    'run': """
    async def main():
        print((await adder.run(PROMPT)).output)
    asyncio.run(main())
    """,
    'run_sync': """
    print(adder.run_sync(PROMPT).output)
    """,
    'run_stream': """
    async def main():
        async with adder.run_stream(PROMPT) as result:
            async for text in result.stream_text(debounce_by=None):
                print(text)
    asyncio.run(main())
    """,
    'run_stream, left early': """
    async def main():
        async with adder.run_stream(PROMPT) as result:
            async for text in result.stream_text(debounce_by=None):
                print(text)
                break
    asyncio.run(main())
    """,
    'run_stream_events': """
    async def main():
        events = adder.run_stream_events(PROMPT)
        if hasattr(events, '__aenter__'):
            async with events as opened:
                async for event in opened:
                    print(type(event).__name__)
        else:
            async for event in events:
                print(type(event).__name__)
    asyncio.run(main())
    """,
    'event_stream_handler': """
    async def handle(ctx, events):
        async for event in events:
            print(type(event).__name__)

    async def main():
        print((await adder.run(PROMPT, event_stream_handler=handle)).output)
    asyncio.run(main())
    """,
    'iter, with streams of the program': """
    async def main():
        async with adder.iter(PROMPT) as run:
            async for node in run:
                if adder.is_model_request_node(node):
                    async with node.stream(run.ctx) as stream:
                        async for event in stream:
                            print(event.event_kind)
        print(run.result.output)
    asyncio.run(main())
    """,
    'a conversation': """
    first = adder.run_sync(PROMPT)
    print(adder.run_sync('once more', message_history=first.all_messages()).output)
    """,
}

BOSS = """
    import sys
    from boss import *
    import boss as module

    def offline(function):
        def guarded(messages, info):
            assert 'offline' not in sys.argv, 'the model was asked'
            return function(messages, info)
        return guarded

    boss.model.function = offline(boss.model.function)
    researcher.model.function = offline(researcher.model.function)
"""

SIDE_BY_SIDE = """
    import asyncio, sys
    from pydantic_ai import Agent
    from pydantic_ai.messages import ModelResponse, TextPart
    from pydantic_ai.models.function import FunctionModel

    count = 0

    async def answer(messages, info):
        global count
        assert 'offline' not in sys.argv, 'the model was asked'
        count += 1
        mine = count
        # The one that asks first is answered last.
        await asyncio.sleep(0.3 if len(messages) == 1 and mine == 1 else 0.01)
        return ModelResponse(parts=[TextPart(f'answer {mine}')])

    agent = Agent(FunctionModel(answer), name='twin')

    async def talk(name):
        first = await agent.run('the same')
        second = await agent.run('go on', message_history=first.all_messages())
        print(name, first.output, second.output)

    async def main():
        await asyncio.gather(*map(talk, ('a', 'b', 'c')))

    asyncio.run(main())
"""


ECHO = """
    from pydantic_ai import Agent
    from pydantic_ai.messages import ModelResponse, TextPart
    from pydantic_ai.models.function import FunctionModel

    def echo(messages, info):
        return ModelResponse(parts=[TextPart(f'{messages[-1].parts[-1].content} {info.model_settings}')])

    print(Agent(FunctionModel(echo), name='echo').run_sync('hello').output)
"""


def replay(start_child: StartChild, recorded: Child, source: str, *argv: str, **launch: Any) -> Child:
    """Run a script on what was recorded of another session; headless unless it waits."""
    launch.setdefault('waits', False)
    return start_child(source, *argv, replay=str(write_tape(recorded.log)), **launch)


_NEW_EACH_TIME = {'timestamp', 'run_id', 'conversation_id', 'duration', 'times', 'lengths'}


def _lasting(value: Any) -> Any:
    match value:
        case dict():
            return {key: _lasting(item) for key, item in value.items() if key not in _NEW_EACH_TIME}
        case list() | tuple():
            return [_lasting(item) for item in value]
        case _:
            return value


def told(child: Child, run: str | None = None) -> list[Any]:
    """What a session tells of its runs, but for times, ids, and where lines are cut."""
    return list(_merged([event for event in child.events if run is None or getattr(event, 'run', None) == run]))


def _merged(events: list[ev.Event]) -> Iterator[Any]:
    """Deltas of one part in one, as they share a line only where they come close together."""
    series: dict[str, Any] | None = None
    for event in events:
        if isinstance(event, (ev.Hello, ev.PhaseChanged, ev.Output, ev.Reused, ev.ReplaySwitched, ev.Exited)):
            continue
        fields: Any = _lasting(to_json(event))
        delta = fields['data'].get('delta') if isinstance(event, ev.Stream) else None
        name = next((name for name in ('content_delta', 'args_delta') if delta and delta.get(name)), None)
        if series is not None and name is not None and name in series['data']['delta']:
            series['data']['delta'][name] += delta[name]
            continue
        if series is not None:
            yield 'stream', series
        series = fields if name is not None else None
        if series is None:
            yield wire_name(type(event)), fields
    if series is not None:
        yield 'stream', series


def test_replayed_sessions_are_the_recorded_ones_without_their_models(
    start_child: StartChild, finished_child: FinishedChild
) -> None:
    source = PROGRAM + ''.join(f'\n    print({way!r})\n    asked = 0{code}' for way, code in WAYS.items())
    recorded = finished_child(source)

    replayed = replay(start_child, recorded, source, 'offline')
    replayed.finish()

    assert replayed.returncode == recorded.returncode == 0, replayed.stderr
    assert replayed.stdout == recorded.stdout
    runs = [started.run for started in recorded.all(ev.RunStarted)]
    assert len(runs) == len(WAYS) + 1, 'a conversation has two'
    for run in runs:
        assert told(replayed, run) == told(recorded, run), run
    assert told(replayed) == told(recorded)
    reused = [event.source for event in replayed.all(ev.Reused)]
    assert reused == ['recording'] * len(recorded.all(ev.Request))
    assert not replayed.all(ev.Fault)


def test_sub_agents_in_parallel_tools_are_replayed(start_child: StartChild) -> None:
    source = f"{BOSS}    print(boss.run_sync('go').output)\n    print(boss.run_stream_sync('go').get_output())\n"
    # Where pydantic-ai does not close a stream that is left to it, the end of the process ends its run.
    recorded = start_child(source)
    recorded.finish()

    replayed = replay(start_child, recorded, source, 'offline')
    replayed.finish()

    assert replayed.stdout == recorded.stdout
    assert endings(replayed) == endings(recorded) == dict.fromkeys(('r1', 'r2', 'r3', 'r4'), 'finished')
    for researcher in ('r2', 'r4'):
        assert told(replayed, researcher) == told(recorded, researcher)
    assert len(replayed.all(ev.Reused)) == len(recorded.all(ev.Request)) == 8


def test_runs_side_by_side_that_ask_the_same_get_their_own_answers(
    start_child: StartChild, finished_child: FinishedChild
) -> None:
    recorded = finished_child(SIDE_BY_SIDE)

    replayed = replay(start_child, recorded, SIDE_BY_SIDE, 'offline')
    replayed.finish()

    assert sorted(replayed.stdout.splitlines()) == sorted(recorded.stdout.splitlines())
    assert len(set(replayed.stdout.split())) > 6, 'they were answered differently'
    assert len(replayed.all(ev.Reused)) == 6


def test_what_streamed_streams_again_where_the_program_does_not_stream(
    start_child: StartChild, finished_child: FinishedChild
) -> None:
    recorded = finished_child(PROGRAM + WAYS['event_stream_handler'])

    replayed = replay(start_child, recorded, PROGRAM + WAYS['run'], 'offline')
    replayed.finish()

    assert [item for item in told(replayed) if item[0] == 'stream'] == [
        item for item in told(recorded) if item[0] == 'stream'
    ]
    assert replayed.stdout.splitlines()[-1:] == recorded.stdout.splitlines()[-1:], replayed.stderr


def test_on_the_screen_deltas_come_one_by_one(start_child: StartChild, finished_child: FinishedChild) -> None:
    source = PROGRAM + WAYS['run_stream']
    recorded = finished_child(source)

    replayed = replay(start_child, recorded, source, 'offline', waits=True)
    replayed.finish()

    assert replayed.stdout == recorded.stdout
    assert told(replayed) == told(recorded)


CHANGED = {
    'the prompt': ("PROMPT = 'add one and two'", "PROMPT = 'add one and too'", 'messages'),
    'the instructions': ("name='adder')", "name='adder', instructions='Be quick.')", 'instructions'),
    'a tool': ('def add(a: int, b: int) -> int:', 'def add(a: int, b: int = 2) -> int:', 'tools'),
    'the settings': ("name='adder')", "name='adder', model_settings={'temperature': 0.5})", 'settings'),
}


@pytest.mark.parametrize(('old', 'new', 'section'), CHANGED.values(), ids=CHANGED)
def test_headless_a_request_that_differs_ends_the_run_before_it_is_sent(
    start_child: StartChild, finished_child: FinishedChild, old: str, new: str, section: str
) -> None:
    recorded = finished_child(PROGRAM + WAYS['run'])
    assert old in PROGRAM

    replayed = replay(start_child, recorded, PROGRAM.replace(old, new) + WAYS['run'], 'offline')
    replayed.finish()

    (diverged,) = replayed.all(ev.Diverged)
    assert diverged.reason == 'changed'
    assert list(diverged.recorded) == list(diverged.asked) == [section]  # type: ignore[call-overload]
    assert diverged.recorded != diverged.asked
    assert [stop.at for stop in replayed.all(ev.Stopped)] == ['divergence']
    assert replayed.returncode == 1
    (failed,) = replayed.all(ev.RunFailed)
    assert failed.error.type.endswith('NotRecordedError')
    assert f"agent 'adder' differs from the recorded one in its {section}" in failed.error.message
    assert 'adding' not in replayed.stdout
    assert 'the model was asked' not in replayed.stderr


def test_a_run_that_was_not_recorded_is_told_from_one_that_differs(
    start_child: StartChild, finished_child: FinishedChild
) -> None:
    recorded = finished_child(PROGRAM + WAYS['run_sync'])

    replayed = replay(start_child, recorded, PROGRAM + WAYS['a conversation'], 'offline')
    replayed.finish()

    (diverged,) = replayed.all(ev.Diverged)
    assert (diverged.run, diverged.reason, diverged.recorded, diverged.answered) == ('r2', 'beyond', None, False)
    assert replayed.returncode == 1


FAILING = """
    import asyncio, sys
    from pydantic_ai import Agent, ModelHTTPError
    from pydantic_ai.messages import ModelResponse, TextPart
    from pydantic_ai.models.function import FunctionModel

    class Overloaded(OSError):
        def __init__(self, server, *, seconds):
            super().__init__(f'{server} is overloaded')
            self.server, self.seconds = server, seconds

    def ask():
        assert 'offline' not in sys.argv, 'the model was asked'

    def refuse(messages, info):
        ask()
        raise ModelHTTPError(529, 'scripted', {'error': {'type': 'overloaded'}})

    asked = 0

    def refuse_once(messages, info):
        global asked
        ask()
        asked += 1
        if asked == 1:
            raise Overloaded('eu-1', seconds=30)
        return ModelResponse(parts=[TextPart(f'answer {asked}')])

    async def break_off(messages, info):
        ask()
        yield 'the '
        yield 'sum '
        raise Overloaded('eu-2', seconds=5)

    async def refuse_stream(messages, info):
        ask()
        raise Overloaded('eu-3', seconds=1)
        yield ''

    def agent(function=refuse, stream_function=break_off, **options):
        return Agent(FunctionModel(function, stream_function=stream_function), name='failing', **options)

    async def streamed(agent):
        try:
            async with agent.run_stream('add') as result:
                async for text in result.stream_text(delta=True, debounce_by=None):
                    print(text)
        except Overloaded as error:
            print(type(error).__name__, error, error.args, error.server, error.seconds)
"""

FAILURES = {
    'the program handles the answer of a server': """
    try:
        agent().run_sync('add')
    except ModelHTTPError as error:
        print(error, error.args, error.status_code, error.model_name, error.body)
    """,
    'the program asks once more': """
    once = agent(refuse_once)
    for _ in range(2):
        try:
            print(once.run_sync('add').output)
        except Overloaded as error:
            print(error, error.args, error.server, error.seconds)
    """,
    'a hook of the program answers': """
    from pydantic_ai.capabilities import AbstractCapability

    class Mend(AbstractCapability):
        async def on_model_request_error(self, ctx, *, request_context, error):
            return ModelResponse(parts=[TextPart(f'mended {error.server}')])

    asked = 0
    print(agent(refuse_once, capabilities=[Mend()]).run_sync('add').output)
    """,
    'a stream that breaks off': """
    asyncio.run(streamed(agent()))
    """,
    'a stream that does not begin': """
    asyncio.run(streamed(agent(stream_function=refuse_stream)))
    """,
    'two models that both fail': """
    from pydantic_ai.models.fallback import FallbackModel

    both = Agent(FallbackModel(FunctionModel(refuse), FunctionModel(refuse)), name='failing')
    try:
        both.run_sync('add')
    except Exception as group:
        print(type(group).__name__, group, [(error.status_code, error.body) for error in group.exceptions])
    """,
}
if sys.version_info < (3, 11):
    # Of whole responses that nobody would stop at, no failure is told there.
    FAILURES = {name: way for name, way in FAILURES.items() if 'stream' in name}

_TOLD_OF_WHOLE = pytest.mark.skipif(sys.version_info < (3, 11), reason='failures of whole responses are not told')

UNHANDLED = """
    agent().run_sync('add')
"""


@pytest.mark.parametrize(
    'source',
    [
        pytest.param(''.join(FAILURES.values()), id='handled'),
        pytest.param(UNHANDLED, id='not handled', marks=_TOLD_OF_WHOLE),
    ],
)
def test_a_request_that_failed_when_it_was_recorded_fails_alike(start_child: StartChild, source: str) -> None:
    recorded = start_child(FAILING + source, waits=False)
    recorded.finish()

    replayed = replay(start_child, recorded, FAILING + source, 'offline')
    replayed.finish()

    assert len(recorded.all(ev.RequestFailed)) == (1 if source is UNHANDLED else len(FAILURES))
    assert replayed.stdout == recorded.stdout, replayed.stderr
    assert replayed.stderr.splitlines()[-1:] == recorded.stderr.splitlines()[-1:]
    assert replayed.returncode == recorded.returncode
    assert _without_frames(told(replayed)) == _without_frames(told(recorded))


def _without_frames(items: list[Any]) -> list[Any]:
    """The same but for the frames of errors: a recorded one was raised in those of the model."""
    for _, fields in items:
        if 'traceback' in (fields.get('error') or {}):
            del fields['error']['traceback'], fields['error']['frames']
    return items


def test_an_error_whose_class_is_not_there_is_no_answer(start_child: StartChild, start_program: StartChild) -> None:
    source = """
    def local():
        class Hidden(Exception):
            pass
        return Hidden

    agent(lambda messages, info: (_ for _ in ()).throw(local()('gone'))).run_sync('add')
    """
    recorded = start_program(FAILING + source, waits=False)
    recorded.finish()

    replayed = replay(start_child, recorded, FAILING + source, 'offline')
    replayed.finish()

    assert [diverged.reason for diverged in replayed.all(ev.Diverged)] == ['unanswered']
    assert 'got no answer when it was recorded' in replayed.stderr


def test_an_error_that_the_user_had_overcome_is_not_met_again(
    start_child: StartChild, start_program: StartChild
) -> None:
    source = FAILING + "\n    print(agent(refuse_once).run_sync('add').output)"
    recorded = start_program(source, stop_on_error=True)
    assert recorded.wait_for_stop().at == 'error'
    recorded.send(Retry('r1'))
    let_go(recorded)
    assert recorded.stdout == 'answer 2\n'

    replayed = replay(start_child, recorded, source, 'offline')
    replayed.finish()

    assert replayed.stdout == 'answer 2\n', replayed.stderr


@_TOLD_OF_WHOLE
def test_at_a_recorded_error_the_user_may_go_live(start_child: StartChild, start_program: StartChild) -> None:
    source = FAILING + "\n    print(agent(refuse_once).run_sync('add').output)"
    recorded = start_program(source, waits=False)
    recorded.finish()
    replayed = replay(start_child, recorded, source.replace('asked == 1', 'False'), waits=True, stop_on_error=True)
    stopped = replayed.wait_for_stop()
    while stopped.at != 'error':
        replayed.send(Continue())
        stopped = replayed.wait_for_stop()
    assert stopped.error is not None
    assert stopped.error.message == 'eu-1 is overloaded'

    replayed.send(GoLive('r1'))
    replayed.wait_for(ev.ReplaySwitched, lambda switched: not switched.on)
    replayed.send(Retry('r1'))
    let_go(replayed)

    assert replayed.stdout == 'answer 1\n'


@pytest.fixture
def diverging(start_child: StartChild, finished_child: FinishedChild) -> Child:
    """Waits before a request whose prompt differs from the recorded one."""
    recorded = finished_child(PROGRAM + WAYS['run'])
    changed = PROGRAM.replace('add one and two', 'add one and too')
    child = replay(start_child, recorded, changed + WAYS['run'] + '\n    print("asked", asked)', waits=True)
    stopped = child.wait_for_stop()
    assert (stopped.at, stopped.kind) == ('divergence', 'ModelRequestNode')
    return child


def test_a_request_that_differs_goes_live_where_the_user_steps_on(diverging: Child) -> None:
    diverging.send(StepOver('r1'))
    diverging.wait_for(ev.NodeFinished, lambda node: node.node == 1)
    diverging.wait_for_stop()
    diverging.send(StepOver('r1'))
    assert diverging.wait_for_stop().kind == 'ModelRequestNode'
    diverging.send(StepOver('r1'))

    # Its history is another now, so that the request after it differs, too.
    assert diverging.wait_for_stop().at == 'divergence'
    diverging.send(GoLive('r1'))
    diverging.wait_for_stop()
    diverging.send(StepOver('r1'))
    diverging.wait_for_stop()
    diverging.send(StepOver('r1'))
    diverging.finish()

    assert diverging.stdout.endswith('sum [3] 2\nasked 2\n')
    assert not diverging.all(ev.Reused)


def test_what_lets_everything_go_is_no_leave_to_ask_the_model(diverging: Child) -> None:
    diverging.send(Continue())

    assert diverging.wait_for_stop().at == 'divergence'
    diverging.send(UseRecorded('r1'))
    diverging.wait_for(ev.Reused)
    diverging.wait_for_stop()
    diverging.send(Continue())
    diverging.finish()
    assert diverging.stdout.endswith('asked 0\n')


def test_live_from_here_on_asks_the_model_without_stopping_again(diverging: Child) -> None:
    diverging.send(GoLive('r1'))
    diverging.wait_for(ev.ReplaySwitched, lambda switched: not switched.on)
    for _ in range(4):
        diverging.wait_for_stop()
        diverging.send(StepOver('r1'))
    diverging.finish()

    assert [stop.at for stop in diverging.all(ev.Stopped)].count('divergence') == 1
    assert diverging.stdout.endswith('sum [3] 2\nasked 2\n')


def test_the_recorded_answer_is_used_and_what_differs_counts_as_the_same(diverging: Child) -> None:
    diverging.send(UseRecorded('r1'))
    for _ in range(4):
        diverging.wait_for_stop()
        diverging.send(StepOver('r1'))
    diverging.finish()

    assert [stop.at for stop in diverging.all(ev.Stopped)].count('divergence') == 1
    assert len(diverging.all(ev.Reused)) == 2
    assert diverging.stdout.endswith('sum [3] 2\nasked 0\n'), 'the second answer was recorded as such'


def test_a_request_that_differs_is_answered_by_hand(diverging: Child) -> None:
    diverging.send(AnswerByHand('r1', None, 'response', '"by hand"'))
    for _ in range(2):
        diverging.wait_for_stop()
        diverging.send(StepOver('r1'))
    diverging.finish()

    assert diverging.stdout == 'by hand\nasked 0\n'


def test_a_request_that_is_edited_to_the_recorded_one_is_found(diverging: Child) -> None:
    messages = '[{"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "add one and two"}]}]'
    diverging.send(Edit('r1', None, 'messages', messages))
    diverging.wait_for(ev.Edited)
    diverging.send(Retry('r1'))
    diverging.wait_for(ev.Reused)
    for _ in range(4):
        diverging.wait_for_stop()
        diverging.send(StepOver('r1'))
    diverging.finish()

    assert diverging.stdout.endswith('asked 0\n')


def test_a_request_that_is_edited_goes_live_as_it_was_edited(
    start_child: StartChild, finished_child: FinishedChild
) -> None:
    recorded = finished_child(ECHO)
    child = replay(start_child, recorded, ECHO.replace('hello', 'hallo'), waits=True)
    child.wait_for_stop()
    messages = '[{"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "edited"}]}]'
    child.send(Edit('r1', None, 'messages', messages))
    child.wait_for(ev.Edited)
    child.send(Edit('r1', None, 'settings', '{"temperature": 0.25}'))
    child.wait_for(ev.Edited)
    child.send(StepOver('r1'))
    child.wait_for(ev.Resumed)
    child.wait_for_stop()
    child.send(Continue())
    child.finish()

    assert child.stdout == "edited {'temperature': 0.25}\n"
    assert len(child.all(ev.Diverged)) == 1


def test_a_run_that_goes_back_in_a_replay_gets_its_answers_again(
    start_child: StartChild, finished_child: FinishedChild
) -> None:
    source = PROGRAM + WAYS['run']
    recorded = finished_child(source)
    child = replay(start_child, recorded, source, 'offline', waits=True, stop_on_entry=True)
    for kind in ('UserPromptNode', 'ModelRequestNode', 'CallToolsNode', 'ModelRequestNode'):
        assert child.wait_for_stop().kind == kind
        child.send(StepOver('r1'))
    assert child.wait_for_stop().kind == 'CallToolsNode'

    child.send(Rewind('r1', 1))
    child.wait_for(ev.Rewound)
    child.wait_for_stop()
    child.send(Continue())
    child.finish()

    assert child.stdout == recorded.stdout, 'the tool is not run again'
    assert [event.source for event in child.all(ev.Reused) if event.call is None] == ['recording'] * 4
    assert not child.all(ev.Diverged)


def test_a_run_can_go_back_from_a_request_that_differs(start_child: StartChild, finished_child: FinishedChild) -> None:
    source = PROGRAM + WAYS['run']
    recorded = finished_child(source)
    changed = source.replace('return a + b', 'return a - b')
    child = replay(start_child, recorded, changed, waits=True)
    assert child.wait_for_stop().at == 'divergence'

    child.send(Rewind('r1', 2))
    child.wait_for(ev.Rewound)
    assert child.wait_for_stop().kind == 'CallToolsNode'
    child.send(Continue())
    assert child.wait_for_stop().at == 'divergence'
    child.send(AnswerByHand('r1', None, 'response', '"well"'))
    child.wait_for_stop()
    child.send(Continue())
    child.finish()

    assert child.stdout.endswith('well\n')


TOOLS = (
    PROGRAM
    + """
    @adder.tool_plain
    async def look_up() -> ToolReturn:
        print('looking up')
        return ToolReturn(return_value={'found': True}, content='see above')

    @adder.tool_plain
    async def fuss(times: int) -> str:
        print('fussing')
        if times < 2:
            raise ModelRetry('more')
        return 'fine'

    def answer(messages, info):
        ask()
        calls = [ToolCallPart('look_up', {}), ToolCallPart('fuss', {'times': 1})]
        asked_before = sum(message.kind == 'response' for message in messages)
        steps = [calls, [ToolCallPart('fuss', {'times': 2})], [TextPart('done')]]
        return ModelResponse(parts=steps[asked_before])

    with adder.override(model=FunctionModel(answer)):
        result = adder.run_sync(PROMPT)
        print(result.output)
        for message in result.all_messages():
            for part in message.parts:
                print(part.part_kind, part.content if hasattr(part, 'content') else part.args)
"""
)


def test_tools_run_in_a_replay_unless_it_is_asked_to_answer_them(
    start_child: StartChild, finished_child: FinishedChild
) -> None:
    recorded = finished_child(TOOLS)

    with_tools_run = replay(start_child, recorded, TOOLS, 'offline')
    answered = replay(start_child, recorded, TOOLS, 'offline', replay_tools=True)

    with_tools_run.finish()
    answered.finish()
    assert with_tools_run.stdout == recorded.stdout
    lines = recorded.stdout.splitlines()
    effects = ('looking up', 'fussing')
    assert answered.stdout.splitlines() == [line for line in lines if line not in effects]
    assert len([event for event in answered.all(ev.Reused) if event.call is not None]) == 3
    assert [(tool.tool, tool.outcome) for tool in answered.all(ev.ToolFinished)] == [
        (tool.tool, tool.outcome) for tool in recorded.all(ev.ToolFinished)
    ]


def test_a_request_that_holds_a_secret_is_known_by_its_mask(
    start_child: StartChild, finished_child: FinishedChild
) -> None:
    source = PROGRAM.replace('add one and two', 'my key is sk-proj-abcdef1234567890abcdef') + WAYS['run']
    recorded = finished_child(source)

    replayed = replay(start_child, recorded, source, 'offline', show_secrets=True)
    replayed.finish()

    assert replayed.returncode == 0
    assert not replayed.all(ev.Diverged)


KEYLESS = """
    import os, sys
    from pydantic_ai import Agent
    from pydantic_ai.models.test import TestModel

    if 'offline' in sys.argv:
        assert os.environ['OPENAI_API_KEY'] and os.environ['GOOGLE_API_KEY'] == 'my own'
    else:
        assert 'OPENAI_API_KEY' not in os.environ
    print(Agent(TestModel(), name='helper').run_sync('hello').output)
"""


def test_keys_that_are_not_set_are_stood_in_for(start_child: StartChild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('OPENAI_API_KEY', raising=False)
    monkeypatch.setenv('GOOGLE_API_KEY', 'my own')
    recorded = start_child(KEYLESS)
    recorded.finish()
    assert recorded.returncode == 0, recorded.stderr

    replayed = replay(start_child, recorded, KEYLESS, 'offline')
    replayed.finish()

    assert (replayed.returncode, replayed.stdout) == (0, recorded.stdout), replayed.stderr


COUNTING = """
    import sys
    from pydantic_ai import Agent, UsageLimits
    from pydantic_ai.models.test import TestModel
    from pydantic_ai.usage import RequestUsage

    class Counting(TestModel):
        async def count_tokens(self, *args):
            assert 'offline' not in sys.argv, 'the provider was asked'
            return RequestUsage(input_tokens=1)

    limits = UsageLimits(input_tokens_limit=1000, count_tokens_before_request=True)
    print(Agent(Counting(), name='helper').run_sync('hello', usage_limits=limits).output)
"""

UNTOUCHABLE = """
    from pydantic_ai import Agent
    from pydantic_ai.models.test import TestModel

    class Untouchable(TestModel):
        def _with_serving_wrapper(self, wrap):
            raise TypeError('nothing may be put around me')

    print(Agent(Untouchable(), name='helper').run_sync('hello').output)
"""


def test_no_provider_counts_tokens_in_a_replay(start_child: StartChild, finished_child: FinishedChild) -> None:
    recorded = finished_child(COUNTING)

    replayed = replay(start_child, recorded, COUNTING, 'offline')
    replayed.finish()

    assert (replayed.returncode, replayed.stdout) == (0, recorded.stdout), replayed.stderr


def test_a_model_that_cannot_be_looked_on_is_not_asked(start_child: StartChild, finished_child: FinishedChild) -> None:
    recorded = finished_child(UNTOUCHABLE.replace('_with_serving_wrapper', 'unused'))

    replayed = replay(start_child, recorded, UNTOUCHABLE)
    replayed.finish()

    assert replayed.returncode == 1
    assert "the model of agent 'helper' lets no other be put around it" in replayed.stderr
