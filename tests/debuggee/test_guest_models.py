"""Models of the program's own that are unlike pydantic-ai's: asked as without a debugger, and nothing of ours stays on them."""

from __future__ import annotations

import pytest
from pydantic_ai.capabilities import AbstractCapability

from pydantic_ai_debug.protocol.events import Request, RunFinished, RunStarted

from .conftest import SameAsPlain

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


@pytest.mark.skipif(
    not hasattr(AbstractCapability, 'get_wrapper_model'), reason='no capability wraps models in this version'
)
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
