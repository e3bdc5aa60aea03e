"""pydantic-ai's hooks to events, then the gate. No logic of its own.

Two capabilities: one outermost, which sees nodes and tools as everybody else left them, and one innermost, which sees
what is really sent to the model.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pydantic_ai import exceptions
from pydantic_ai.capabilities import AbstractCapability, CapabilityOrdering
from pydantic_ai.models.wrapper import WrapperModel

from pydantic_ai_debug.protocol.events import Outcome

from .tracked_run import Caller, TrackedRun, current_caller

if TYPE_CHECKING:
    from .debugger import Debugger

_OUTCOMES: dict[str, Outcome] = {
    'ToolRetryError': 'retry',
    'ModelRetry': 'retry',
    'CallDeferred': 'deferred',
    'ApprovalRequired': 'deferred',
    'SkipToolExecution': 'skipped',
}
"""What an exception out of a tool means. By name: not every version of pydantic-ai has each."""


class AgentDebugObserver(AbstractCapability[Any]):
    """Sees a run's nodes and tool calls, and holds the run at its boundaries."""

    _safe_at_runtime = True

    def __init__(self, run: TrackedRun, debugger: Debugger) -> None:
        super().__init__()
        self._run = run
        self._debugger = debugger

    def get_ordering(self) -> CapabilityOrdering | None:
        return CapabilityOrdering(position='outermost')

    async def before_node_run(self, ctx: Any, *, node: Any) -> Any:
        await self._debugger.node_begins(self._run, node)
        return node

    async def after_node_run(self, ctx: Any, *, node: Any, result: Any) -> Any:
        await self._debugger.node_ended(self._run, node, result)
        return result

    async def wrap_tool_execute(
        self, ctx: Any, *, call: Any, tool_def: Any, args: Any, handler: Callable[[Any], Awaitable[Any]]
    ) -> Any:
        run = self._run
        run.start_tool(call, args, tool_def.kind)
        started, waited = self._debugger.now, run.waited
        outcome: Outcome = 'failed'
        answer: object = None
        token = current_caller.set(Caller(run, call.tool_call_id))
        try:
            answer = await handler(args)
            outcome = 'returned'
            return answer
        except BaseException as error:
            outcome = _outcome(error)
            answer = _answer(error)
            raise
        finally:
            current_caller.reset(token)
            run.finish_tool(call, args, outcome, answer, self._debugger.now - started - (run.waited - waited))


def _outcome(error: BaseException) -> Outcome:
    for cls in type(error).__mro__:
        if cls.__name__ in _OUTCOMES:
            return _OUTCOMES[cls.__name__]
    return 'failed'


def _answer(error: BaseException) -> object:
    retry = getattr(error, 'tool_retry', None)
    if retry is not None:
        return retry.content
    if isinstance(error, exceptions.ModelRetry):
        return error.message
    return error


class AgentDebugTap(AbstractCapability[Any]):
    """Puts a model that looks on around the one that serves each request."""

    _safe_at_runtime = True

    def __init__(self, run: TrackedRun, *, stream: bool) -> None:
        super().__init__()
        self._run = run
        self._stream = stream

    def get_ordering(self) -> CapabilityOrdering | None:
        return CapabilityOrdering(position='innermost')

    def get_wrapper_model(self, model: Any) -> Any:
        return TappedModel(model, self._run, self._stream)

    # The other hooks see the program's model once the request is answered, as they do without a debugger.

    async def after_model_request(self, ctx: Any, *, request_context: Any, response: Any) -> Any:
        _restore_model(request_context)
        return response


def _restore_model(request_context: Any) -> None:
    if isinstance(request_context.model, TappedModel):
        request_context.model = request_context.model.wrapped


class AgentDebugRequestTap(AgentDebugTap):
    """The same for versions of pydantic-ai without `get_wrapper_model`."""

    async def wrap_model_request(self, ctx: Any, *, request_context: Any, handler: Any) -> Any:
        model = request_context.model
        request_context.model = self.get_wrapper_model(model)
        try:
            return await handler(request_context)
        finally:
            request_context.model = model


class TappedModel(WrapperModel):
    """A model that reports what it is asked, and the stream events that pass."""

    def __init__(self, wrapped: Any, run: TrackedRun, stream: bool) -> None:
        super().__init__(wrapped)
        self._run = run
        self._stream = stream and _is_provider_model(wrapped)

    async def request(self, messages: Any, model_settings: Any, model_request_parameters: Any) -> Any:
        if self._stream:
            async with self.request_stream(messages, model_settings, model_request_parameters) as response:
                async for _ in response:
                    pass
            return response.get()
        self._run.report_request(self.wrapped, messages, model_settings, model_request_parameters)
        return await super().request(messages, model_settings, model_request_parameters)

    @asynccontextmanager
    async def request_stream(
        self, messages: Any, model_settings: Any, model_request_parameters: Any, run_context: Any = None
    ) -> AsyncGenerator[Any]:
        self._run.report_request(self.wrapped, messages, model_settings, model_request_parameters)
        async with super().request_stream(messages, model_settings, model_request_parameters, run_context) as response:
            observe_stream(response, self._run.report_stream)
            yield response


def _is_provider_model(model: Any) -> bool:
    """Whether a model is a real provider's: one of pydantic-ai's own that is not made for tests."""
    while isinstance(model, WrapperModel):
        model = model.wrapped
    package, _, name = type(model).__module__.rpartition('.')
    return package == 'pydantic_ai.models' and name not in ('test', 'function')


_OBSERVER = '_agent_debug_observer'


def observe_stream(response: Any, observe: Callable[[object], None]) -> None:
    """Have `observe` called with each event of a streamed response, once it is iterated.

    The response carries it only until then: kept longer, it would hold the run alive with the response.
    """
    response.__dict__[_OBSERVER] = observe


def observed(response: Any, iterator: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The iterator of a streamed response, with its observer looking on if it has one."""
    observe = response.__dict__.pop(_OBSERVER, None)
    return iterator if observe is None else _ObservedEvents(iterator, observe)


class _ObservedEvents:
    """An iterator that looks on. Not an async generator: those are finalised by the event loop."""

    __slots__ = ('_events', '_observe')

    def __init__(self, events: AsyncIterator[Any], observe: Callable[[object], None]) -> None:
        self._events = events
        self._observe = observe

    def __aiter__(self) -> _ObservedEvents:
        return self

    async def __anext__(self) -> Any:
        event = await self._events.__anext__()
        self._observe(event)
        return event

    async def aclose(self) -> None:
        close = getattr(self._events, 'aclose', None)
        if close is not None:
            await close()
