"""What is really sent to a model, and what streams back: a model around another that only looks on."""

from __future__ import annotations

import functools
import operator
import types
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pydantic_ai.models import Model
from pydantic_ai.models.wrapper import WrapperModel

from . import errors
from .insides import type_of

if TYPE_CHECKING:
    from .tracked_run import TrackedRun


def tapped(model: Model, run: TrackedRun, *, stream: bool) -> TappedModel:
    """A model that serves as `model` does, and reports to `run`; `stream` has it stream on the program's behalf."""
    return _tapped_class(type(model))(model, run, stream)


_ASKED_BEFORE_A_REQUEST = ('prepare_request', 'prepare_messages', 'customize_request_parameters', 'count_tokens')


def may_be_wrapped(model: Any) -> bool:
    """Whether a run may put a model around this one: the models of pydantic-ai's older durable agents refuse it."""
    put_around = getattr(type_of(model), '_with_serving_wrapper', None)
    if put_around is getattr(Model, '_with_serving_wrapper', None):
        return True
    try:
        model._with_serving_wrapper(WrapperModel)
    except Exception:  # noqa: BLE001 - it would end the run, whatever it is
        return False
    return True


class TappedModel(WrapperModel):
    """A model that reports what it is asked, and the stream events that pass."""

    def __init__(self, wrapped: Any, run: TrackedRun, stream: bool) -> None:
        super().__init__(wrapped)
        self._run = run
        self._stream = stream and _is_provider_model(wrapped)
        for name in _ASKED_BEFORE_A_REQUEST:
            # The model's own methods, not those that forward to them: what they raise has no frames in between.
            if hasattr(WrapperModel, name):
                setattr(self, name, getattr(wrapped, name))

    def __reduce_ex__(self, protocol: Any) -> Any:
        # The program may copy what it finds of a request: the copy holds its own model.
        return operator.itemgetter(0), ((self.wrapped,),)

    def request(self, messages: Any, model_settings: Any, model_request_parameters: Any) -> Any:
        if self._stream:
            return self._stream_whole(messages, model_settings, model_request_parameters)
        self._run.report_request(self.wrapped, messages, model_settings, model_request_parameters)
        return self.wrapped.request(messages, model_settings, model_request_parameters)

    def open_stream(
        self, messages: Any, model_settings: Any, model_request_parameters: Any, run_context: Any = None
    ) -> Any:
        self._run.report_request(self.wrapped, messages, model_settings, model_request_parameters)
        opened = self.wrapped.request_stream(messages, model_settings, model_request_parameters, run_context)
        return _ObservedStream(opened, self._run)

    async def _stream_whole(self, messages: Any, model_settings: Any, model_request_parameters: Any) -> Any:
        try:
            async with self.open_stream(messages, model_settings, model_request_parameters) as response:
                async for _ in response:
                    pass
            return response.get()
        except BaseException as error:
            errors.leave_frame(error)
            raise


@functools.cache
def _tapped_class(cls: type[Model]) -> type[TappedModel]:
    """The class for a model of this class: messages name it, and whether it streams is read from it."""
    tapped_class: Any = types.new_class(cls.__name__, (TappedModel,))
    # Once the class is there: versions of pydantic-ai wrap what its body defines in frames of their own.
    streams = getattr(cls, 'request_stream', None) is not Model.request_stream
    tapped_class.request_stream = TappedModel.open_stream if streams else Model.request_stream
    return tapped_class


def _is_provider_model(model: Any) -> bool:
    """Whether a model is a real provider's: one of pydantic-ai's own that is not made for tests."""
    while isinstance(model, WrapperModel):
        model = model.wrapped
    package, _, name = type(model).__module__.rpartition('.')
    return package == 'pydantic_ai.models' and name not in ('test', 'function')


class _ObservedStream:
    """A streamed request's own context manager, with its response observed."""

    __slots__ = ('_opened', '_run')

    def __init__(self, opened: Any, run: TrackedRun) -> None:
        self._opened = opened
        self._run = run

    async def __aenter__(self) -> Any:
        try:
            response = await self._opened.__aenter__()
        except BaseException as error:
            errors.leave_frame(error)
            raise
        self._run.stream_opened(response)
        observe_stream(response, self._run.report_stream)
        return response

    def __aexit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Awaitable[bool | None]:
        self._run.stream_closes()
        return self._opened.__aexit__(error_type, error, trace)


_observers: dict[int, tuple[weakref.ref[Any], Callable[[object], None]]] = {}
"""Who looks on at a streamed response, by its id, until it is iterated or gone."""


def observe_stream(response: Any, observe: Callable[[object], None]) -> None:
    """Have `observe` called with each event of a streamed response, once it is iterated."""
    key = id(response)

    def forget(_: object) -> None:
        _observers.pop(key, None)

    _observers[key] = (weakref.ref(response, forget), observe)


def observed(response: Any, iterator: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The iterator of a streamed response, with its observer looking on if it has one."""
    _, observe = _observers.pop(id(response), (None, None))
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
        try:
            event = await self._events.__anext__()
        except BaseException as error:
            errors.leave_frame(error)
            raise
        self._observe(event)
        return event

    async def aclose(self) -> None:
        close = getattr(self._events, 'aclose', None)
        if close is not None:
            await close()
