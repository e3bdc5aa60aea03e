"""Models of the program's own that are unlike pydantic-ai's: asked as without a debugger, and nothing of ours stays on them."""

from __future__ import annotations

import sys

import pytest
from pydantic_ai.capabilities import AbstractCapability

from pydantic_ai_debug.protocol.events import Fault, Request, RequestFailed, RunFailed, RunFinished, RunStarted

from .conftest import SameAsPlain, StartChild

OWN_MODEL = """
    import asyncio, copy, pickle
    from pydantic_ai import *
    from pydantic_ai.capabilities import AbstractCapability
    from pydantic_ai.messages import ModelResponse, TextPart
    from pydantic_ai.models import Model
    from pydantic_ai.models.wrapper import WrapperModel

    class Own(Model):
        def __init__(self):
            pass

        async def request(self, *asked):
            return ModelResponse(parts=[TextPart('an answer')])

        model_name = 'own'
        system = 'own'
"""


def test_a_model_whose_name_cannot_be_read_is_named_by_its_class(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(
        OWN_MODEL
        + """
    class Nameless(Own):
        @property
        def model_name(self):
            raise RuntimeError('no name')

    async def main():
        try:
            async with Agent(Nameless()).iter('hello') as run:
                async for node in run:
                    print(type(node).__name__)
        except RuntimeError as error:
            print(error)

    asyncio.run(main())
    """
    )
    # Older versions ask for the name themselves, before the run is open.
    assert {started.model for started in child.all(RunStarted)} <= {'Nameless'}


def test_every_version_tells_what_is_asked_of_a_model_of_a_program_without_capabilities(
    program_same_as_plain: SameAsPlain,
) -> None:
    child = program_same_as_plain(OWN_MODEL + "\n    print(Agent(Own()).run_sync('hello').output)\n")
    assert [request.model for request in child.all(Request)] == ['own']


has_no_frames_of_ours = pytest.mark.skipif(
    sys.version_info < (3, 11), reason='before Python 3.11 what passes by a frame of ours shows it'
)

wraps_models = pytest.mark.skipif(
    not hasattr(AbstractCapability, 'get_wrapper_model'), reason='no capability wraps models in this version'
)


@wraps_models
def test_what_is_no_model_is_refused_as_a_wrapper_as_without_a_debugger(program_same_as_plain: SameAsPlain) -> None:
    program_same_as_plain(
        OWN_MODEL
        + """
    class Wrapping(AbstractCapability):
        def get_wrapper_model(self, model):
            return 'a text'

        async def wrap_model_request(self, ctx, *, request_context, handler):
            try:
                return await handler(request_context)
            finally:
                print(request_context.model)

    try:
        Agent(Own(), name='own', capabilities=[Wrapping()]).run_sync('hello')
    except AttributeError as error:
        print(error)
    """
    )


@wraps_models
def test_what_a_model_is_asked_between_requests_has_the_frames_it_has_without_a_debugger(
    program_same_as_plain: SameAsPlain,
) -> None:
    program_same_as_plain(
        OWN_MODEL
        + """
    import traceback

    class Suspended(Own):
        async def request(self, *asked):
            return ModelResponse(parts=[TextPart('not yet')], state='suspended', provider_response_id='one')

        def continuation_delay(self, *asked, **how):
            raise KeyError('delay')

    try:
        Agent(Suspended(), name='own').run_sync('hello')
    except Exception:
        traceback.print_exc()
    """
    )


@wraps_models
def test_a_model_that_refuses_to_be_wrapped_is_asked_itself(program_same_as_plain: SameAsPlain) -> None:
    child = program_same_as_plain(
        OWN_MODEL
        + """
    from pydantic_ai.durable_exec._utils import reject_serving_wrapper

    class Durable(WrapperModel):
        def _with_serving_wrapper(self, wrap):
            return reject_serving_wrapper(self, wrap, 'DurableAgent', 'Durability')

    print(Agent(Durable(Own())).run_sync('hello').output)
    """
    )
    assert [finished.output for finished in child.all(RunFinished)] == ['an answer']


def test_what_hooks_keep_of_a_request_is_copied_as_without_a_debugger(program_same_as_plain: SameAsPlain) -> None:
    program_same_as_plain(
        OWN_MODEL
        + """
    kept = []

    class Keeping(AbstractCapability):
        async def wrap_model_request(self, ctx, *, request_context, handler):
            kept.append(request_context)
            return await handler(request_context)

    Agent(Own(), capabilities=[Keeping()]).run_sync('hello')
    print(type(copy.deepcopy(kept[0]).model).__name__, type(kept[0].model).__name__)
    print(type(pickle.loads(pickle.dumps(kept[0])).model).__name__)
    """
    )


def test_what_a_model_raises_before_it_is_asked_has_the_frames_it_has_without_a_debugger(
    program_same_as_plain: SameAsPlain,
) -> None:
    program_same_as_plain(
        OWN_MODEL
        + """
    import traceback

    class Unprepared(Own):
        async def count_tokens(self, *asked):
            raise KeyError('tokens')

        def prepare_messages(self, *asked):
            raise KeyError('messages')

    for limits in (UsageLimits(input_tokens_limit=5, count_tokens_before_request=True), None):
        try:
            Agent(Unprepared()).run_sync('hello', usage_limits=limits)
        except KeyError as error:
            print(*traceback.format_exception(error))
    """
    )


def test_a_run_that_is_iterated_on_after_a_node_failed_ends_as_without_a_debugger(
    program_same_as_plain: SameAsPlain,
) -> None:
    program_same_as_plain(
        OWN_MODEL
        + """
    import traceback

    class Failing(Own):
        async def request(self, *asked):
            raise KeyError('no answer')

    async def main():
        async with Agent(Failing()).iter('hello') as run:
            for _ in range(5):
                try:
                    print(type(await run.__anext__()).__name__)
                except (KeyError, StopAsyncIteration) as error:
                    print(*traceback.format_exception(error))
            print(run.result)

    try:
        asyncio.run(main())
    except KeyError as error:
        print('and then', error)
    """
    )


def test_a_run_that_ended_keeps_no_agent_alive_even_while_its_price_is_looked_up(
    same_as_plain: SameAsPlain,
) -> None:
    child = same_as_plain(
        OWN_MODEL
        + """
    import contextvars, gc, sys, threading, time, weakref
    from adder import answer
    from pydantic_ai.models.function import FunctionModel

    class OwnAgent(Agent):
        pass

    left_behind = []
    looked_up = threading.Event()
    program = threading.get_ident()

    def calc_price(*asked, **how):
        if threading.get_ident() != program:
            looked_up.wait()
        raise LookupError('no price')

    # Newer versions note the price of a response themselves.
    for module in [*sys.modules.values()]:
        if module.__name__.startswith('pydantic_ai.') and 'calc_price' in vars(module):
            module.calc_price = calc_price

    async def run():
        agent = OwnAgent(FunctionModel(answer))

        @agent.tool_plain
        def add(a: int, b: int) -> int:
            left_behind.append(contextvars.copy_context())
            return a + b

        await agent.run('hello')
        return weakref.ref(agent)

    agent = asyncio.run(run())
    for _ in range(20):
        # Does nothing while a collection is under way in another thread.
        gc.collect()
        if agent() is None:
            break
        time.sleep(0.01)
    print('gone' if agent() is None else 'kept', len(left_behind))
    looked_up.set()
    """
    )
    assert child.all(RunFinished)


def test_a_model_answers_itself_what_only_models_are_asked(program_same_as_plain: SameAsPlain) -> None:
    program_same_as_plain(
        OWN_MODEL
        + """
    from adder import adder

    class Particular(WrapperModel):
        def _compaction_window_predicate(self, response):
            print('asked which artifacts it takes back')

    with adder.override(model=Particular(adder.model)):
        print(adder.run_sync('hello').output)
    """
    )


def test_a_stream_of_a_kind_of_its_own_fails_as_without_a_debugger(program_same_as_plain: SameAsPlain) -> None:
    program_same_as_plain(
        OWN_MODEL
        + """
    import re, traceback
    from contextlib import asynccontextmanager
    from unittest.mock import MagicMock

    class Slotted:
        __slots__ = ()

    class Odd(Own):
        def __init__(self, stream):
            self.stream = stream

        @asynccontextmanager
        async def request_stream(self, *asked):
            yield self.stream

    async def handle(ctx, events):
        async for event in events:
            print(event)

    for stream in (None, Slotted(), MagicMock()):
        try:
            asyncio.run(Agent(Odd(stream)).run('hello', event_stream_handler=handle))
        except Exception as error:
            print(re.sub("id='[0-9]+'", '', ''.join(traceback.format_exception(error))))
        if isinstance(stream, MagicMock):
            print([call[0] for call in stream.mock_calls if '.' not in call[0]])
    """
    )


def test_what_a_hook_hands_the_request_on_to_has_the_name_it_has_without_a_debugger(
    program_same_as_plain: SameAsPlain,
) -> None:
    program_same_as_plain(
        OWN_MODEL
        + """
    class Naming(AbstractCapability):
        async def wrap_model_request(self, ctx, *, request_context, handler):
            print(handler.__name__, type(request_context.model).__module__)
            return await handler(request_context)

    Agent(Own(), capabilities=[Naming()]).run_sync('hello')
    """
    )


def test_what_a_test_puts_in_place_of_common_functions_is_not_called_by_us(same_as_plain: SameAsPlain) -> None:
    child = same_as_plain(
        OWN_MODEL
        + """
    import json, os, time

    class Loop(asyncio.SelectorEventLoop):
        time = staticmethod(time.perf_counter)

    def tell(name):
        return lambda *asked: os.write(1, f'{name} was asked\\n'.encode())

    from adder import adder
    from pydantic_ai.models import wrapper

    loop = Loop()
    json.dumps, json.loads, wrapper.infer_model = map(tell, ('the encoder', 'the decoder', 'the list of models'))
    time.monotonic, time.sleep, ModelResponse.cost = map(tell, ('the clock', 'the alarm', 'the price'))
    try:
        print(loop.run_until_complete(adder.run('hello')).output)
    finally:
        loop.close()
    """
    )
    assert child.all(RunFinished)


@pytest.mark.skipif(
    not hasattr(AbstractCapability, 'get_wrapper_model'), reason='no capability wraps models in this version'
)
def test_a_wrapper_is_entered_and_left_with_each_request_and_the_model_that_it_wraps_is_not(
    program_same_as_plain: SameAsPlain,
) -> None:
    child = program_same_as_plain(
        OWN_MODEL
        + """
    import traceback

    class Entered(WrapperModel):
        async def __aenter__(self):
            if failing == 'entry':
                raise KeyError('entry')
            print('entered', type(await super().__aenter__()).__name__)
            return self

        async def __aexit__(self, *how):
            print('left', how[0])
            if failing == 'exit':
                raise KeyError('exit')
            return await super().__aexit__(*how)

    class Lasting(Own):
        async def __aenter__(self):
            print('the model is entered')
            return self

        async def __aexit__(self, *how):
            print('the model is left')

    class Wrapping(AbstractCapability):
        def get_wrapper_model(self, model):
            return Entered(model)

    for capabilities in ([], [Wrapping()]):
        for failing in ('nothing', 'entry', 'exit'):
            try:
                print(Agent(Lasting(), capabilities=capabilities).run_sync('hello').output)
            except KeyError as error:
                print(*traceback.format_exception(error))
    """
    )
    assert len(child.all(Request)) == 5


@has_no_frames_of_ours
def test_what_a_model_raises_as_it_is_called_is_pointed_at_as_without_a_debugger(
    program_same_as_plain: SameAsPlain,
) -> None:
    child = program_same_as_plain(
        OWN_MODEL
        + """
    import traceback

    class Calling(Own):
        def request(self, *asked):
            raise KeyError('no coroutine')

        def request_stream(self, *asked):
            raise KeyError('no stream')

    async def stream(agent):
        async with agent.run_stream('hello'):
            pass

    async def iterate(agent):
        async with agent.iter('hello') as run:
            try:
                async for _ in run:
                    pass
            except KeyError:
                traceback.print_exc()

    for way in (lambda agent: agent.run('hello'), stream, iterate):
        try:
            asyncio.run(way(Agent(Calling(), name='calling')))
        except KeyError:
            traceback.print_exc()
    """
    )
    assert len(child.all(RequestFailed)) >= 2


@pytest.mark.parametrize('way', ['run', 'next'])
def test_hooks_around_a_request_find_the_programs_model_however_it_ended(
    program_same_as_plain: SameAsPlain, way: str
) -> None:
    program_same_as_plain(
        OWN_MODEL
        + f"""
    way = {way!r}
    """
        + """
    from pydantic_ai.exceptions import ModelRetry

    class Stopped(BaseException):
        pass

    class Ending(Own):
        def __init__(self, error=None):
            self.error = error
            self.asked = 0

        async def request(self, *asked):
            self.asked += 1
            if self.asked > 1:
                return ModelResponse(parts=[TextPart('an answer')])
            if self.error is None:
                await asyncio.sleep(60)
            raise self.error

    class Unprepared(Ending):
        def prepare_messages(self, *asked):
            raise KeyError('messages')

    class Looking(AbstractCapability):
        async def wrap_model_request(self, ctx, *, request_context, handler):
            try:
                return await handler(request_context)
            finally:
                scope = getattr(request_context, '_serving_wrapper', None)
                print(type(request_context.model).__mro__[1].__name__, request_context.model is model, scope)

    async def ask(agent):
        if way == 'run':
            return await agent.run('hello')
        async with agent.iter('hello') as run:
            node = run.next_node
            for _ in range(2):
                node = await run.next(node)

    async def main():
        global model
        for model in (Ending(ModelRetry('again')), Ending(Stopped()), Ending(OSError('no')), Unprepared(), Ending()):
            agent = Agent(model, name='ending', capabilities=[Looking()])
            try:
                await asyncio.wait_for(ask(agent), 0.2)
            except BaseException as error:
                print(type(error).__name__)

    asyncio.run(main())
    """
    )


def test_a_class_of_models_that_a_test_has_stream_streams(program_same_as_plain: SameAsPlain) -> None:
    program_same_as_plain(
        OWN_MODEL
        + """
    from unittest.mock import patch
    from pydantic_ai.models.test import TestModel

    async def stream():
        async with Agent(Own(), name='own').run_stream('hello') as result:
            print(await result.get_output())

    asyncio.run(Agent(Own(), name='own').run('hello'))
    inside = TestModel(custom_output_text='streamed')
    for place in (Own, Model):
        with patch.object(place, 'request_stream', lambda self, *asked: inside.request_stream(*asked)):
            try:
                asyncio.run(stream())
            except Exception as error:
                print(type(error).__name__, error)
        try:
            asyncio.run(stream())
        except NotImplementedError as error:
            print(error)
    """
    )


@pytest.mark.parametrize('given', ['None', 'Entered()', pytest.param('nothing()', marks=has_no_frames_of_ours)])
def test_what_is_no_stream_is_refused_as_python_refuses_it(program_same_as_plain: SameAsPlain, given: str) -> None:
    program_same_as_plain(
        OWN_MODEL
        + f"""
    def given():
        return {given}
    """
        + """
    class Entered:
        async def __aenter__(self):
            print('entered')

    async def nothing():
        pass

    class Streaming(Own):
        def request_stream(self, *asked):
            return given()

    async def stream():
        async with Agent(Streaming(), name='own').run_stream('hello') as result:
            print(await result.get_output())

    try:
        asyncio.run(stream())
    except Exception as error:
        print(type(error).__name__, error)
    """
    )


def test_the_events_of_a_response_are_what_its_class_makes_them(program_same_as_plain: SameAsPlain) -> None:
    program_same_as_plain(
        """
    import asyncio, copy, re, weakref
    from pydantic_ai import *
    from pydantic_ai.models.test import TestModel

    async def main():
        async with Agent(TestModel(), name='own').iter('hello') as run:
            async for node in run:
                if Agent.is_model_request_node(node):
                    async with node.stream(run.ctx) as stream:
                        response = getattr(stream, '_raw_stream_response', None)
                        response = getattr(response, 'current', response)
                        events = response.__aiter__()
                        print([hasattr(events, name) for name in ('asend', 'athrow', 'ag_running', 'aclose')])
                        print(re.sub('0x[0-9a-f]+', '', repr(events)), weakref.ref(events)() is events)
                        try:
                            copy.copy(events)
                        except TypeError as error:
                            print(error)

    asyncio.run(main())
    """
    )


def test_a_response_that_tells_nothing_of_what_has_arrived_ends_its_run_as_any(start_program: StartChild) -> None:
    child = start_program(
        """
    import asyncio
    from pydantic_ai import *
    from pydantic_ai.models.test import TestModel
    from pydantic_ai.models import StreamedResponse

    def get(self):
        raise RuntimeError('nothing')

    async def stream():
        async with Agent(TestModel(), name='own').run_stream('hello') as result:
            StreamedResponse.get = get
            raise OSError('left')

    try:
        asyncio.run(stream())
    except Exception as error:
        print(type(error).__name__)
    """
    )
    child.finish()
    # Newer versions ask for what has arrived when the program leaves.
    assert [failed.error.type for failed in child.all(RunFailed)] == child.stdout.split() != []
    assert not child.all(Fault)


@has_no_frames_of_ours
def test_an_error_of_the_making_of_a_stream_outside_of_runs_has_no_frame_of_ours(
    program_same_as_plain: SameAsPlain,
) -> None:
    program_same_as_plain(
        """
    import asyncio, traceback
    from pydantic_ai import direct
    from pydantic_ai.messages import ModelRequest
    from pydantic_ai.models import StreamedResponse
    from pydantic_ai.models.test import TestModel

    def _get_event_iterator(self):
        raise KeyError('no events')

    async def main():
        async with direct.model_request_stream(TestModel(), [ModelRequest.user_text_prompt('hello')]) as stream:
            type(stream)._get_event_iterator = _get_event_iterator
            async for _ in stream:
                pass

    try:
        asyncio.run(main())
    except Exception:
        traceback.print_exc()
    """
    )
