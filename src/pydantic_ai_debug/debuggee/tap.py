"""What is really sent to a model, and what streams back: a model around another that only looks on."""

from __future__ import annotations

import functools
import inspect
import operator
import types
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pydantic_ai.models import Model
from pydantic_ai.models.wrapper import WrapperModel

from . import errors
from .insides import classes_of, type_of
from .model_requests import OpenedStream, Request
from .request_plan import Asked

if TYPE_CHECKING:
    from typing_extensions import Self

    from .debugger import Debugger
    from .tracked_run import TrackedRun


def tapped(model: Model, run: TrackedRun, debugger: Debugger, *, is_wrapper: bool = False) -> TappedModel:
    """A model that serves as `model` does, and reports to `run`; it may stream on the program's behalf.

    Args:
        model: The model that serves a request.
        run: The run that makes it.
        debugger: The debugger.
        is_wrapper: Whether it is there for the request alone, put around the run's by a capability of the program's.
    """
    kind: type[Any] = type(model)
    streams = getattr(kind, 'request_stream', None) is not Model.request_stream
    return _tapped_class(kind, None if streams else Model.request_stream)(model, run, debugger, is_wrapper)


_ASKED_BESIDES = frozenset(
    {
        'prepare_request',
        'prepare_messages',
        'customize_request_parameters',
        'count_tokens',
        'continuation_delay',
        'cancel_suspended_response',
    }
)
"""What a model is asked before a request and between those that go on with a suspended response."""

_OF_THE_TAP = frozenset({'request', 'request_stream', '_with_serving_wrapper'})
"""What this model answers itself."""


def may_be_wrapped(model: Any) -> bool:
    """Whether a run may put a model around this one: the models of pydantic-ai's older durable agents refuse it."""
    kind = type_of(model)
    put_around = getattr(kind, '_with_serving_wrapper', None)
    if put_around is getattr(Model, '_with_serving_wrapper', None) or Model not in classes_of(model):
        return True
    try:
        model._with_serving_wrapper(WrapperModel)
    except Exception:  # noqa: BLE001 - it would end the run, whatever it is
        return False
    return True


def restore_model(request_context: Any) -> None:
    """Put the program's model back in what a request is asked with: it is answered, or has failed."""
    looks_on = getattr(request_context, 'model', None)
    if isinstance(looks_on, TappedModel):
        request_context.model = looks_on.wrapped
        scope = getattr(request_context, '_serving_wrapper', None)
        if scope is not None and scope[0] is looks_on:
            request_context._serving_wrapper = (looks_on.wrapped, scope[1]) if looks_on.is_wrapper else None


class TappedModel(WrapperModel):
    """A model that reports what it is asked, and the stream events that pass."""

    def __init__(self, wrapped: Any, run: TrackedRun, debugger: Debugger, is_wrapper: bool) -> None:
        # Not by the constructors of pydantic-ai, which would look for the model by functions that a test may replace.
        self.wrapped = wrapped
        self._run = run
        self._debugger = debugger
        self.is_wrapper = is_wrapper
        self._stream = debugger.launch.stream and _is_provider_model(wrapped)
        for name in _asked_of_the_model(type_of(wrapped)):
            setattr(self, name, getattr(wrapped, name))

    async def __aenter__(self) -> Self:
        # A wrapper is entered for each request; a run's own model by its owner.
        if self.is_wrapper:
            wrapper: Any = self.wrapped
            try:
                await wrapper.__aenter__()
            except BaseException as error:
                errors.leave_frame(error)
                raise
        return self

    async def __aexit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if not self.is_wrapper:
            return None
        try:
            return await self.wrapped.__aexit__(error_type, error, trace)
        except BaseException as raised:
            errors.leave_frame(raised)
            raise

    def __reduce_ex__(self, protocol: Any) -> Any:
        # The program may copy what it finds of a request: the copy holds its own model.
        return operator.itemgetter(0), ((self.wrapped,),)

    def request(self, messages: Any, model_settings: Any, model_request_parameters: Any) -> Any:
        if self._stream and self._debugger.replays is None:
            return self._stream_whole(messages, model_settings, model_request_parameters)
        request = self._request(messages, model_settings, model_request_parameters)
        if not request.is_plain:
            return request.send_with_stops()
        request.prepare()
        try:
            return request.send()
        except BaseException as error:
            errors.leave_frame(error)
            raise

    def open_stream(
        self, messages: Any, model_settings: Any, model_request_parameters: Any, run_context: Any = None
    ) -> Any:
        request = self._request(messages, model_settings, model_request_parameters)
        try:
            return OpenedStream(request, self._run, self._debugger, run_context)
        except BaseException as error:
            errors.leave_frame(error)
            raise

    def _request(self, messages: Any, settings: Any, parameters: Any) -> Request:
        return Request(self._run, self._debugger, self.wrapped, Asked(messages, settings, parameters))

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
def _asked_of_the_model(cls: type[Any]) -> tuple[str, ...]:
    """Methods that are a model's own here as well, rather than those that forward to them or know nothing of it."""
    # What the model raises in them has no frames in between.
    before = {name for name in _ASKED_BESIDES if hasattr(WrapperModel, name)}
    # A wrapper would answer by the default what a model of the program's answers by a method of its own.
    unknown = {
        name
        for name, default in vars(Model).items()
        if inspect.isfunction(default)
        and not name.startswith('__')
        and getattr(WrapperModel, name) is default
        and getattr(cls, name, default) is not default
    }
    return tuple(before | unknown - _OF_THE_TAP)


@functools.cache
def _tapped_class(cls: type[Any], refuses_streams: Any) -> type[TappedModel]:
    """The class for models of a class: messages name it, and whether it streams is read from it.

    Args:
        cls: The class of the model.
        refuses_streams: What refuses to stream, where the class has nothing of its own by now. A test may change that.
    """
    named = {'__module__': cls.__module__, '__qualname__': cls.__qualname__}
    tapped_class: Any = types.new_class(cls.__name__, (TappedModel,), exec_body=lambda body: body.update(named))
    # Once the class is there: versions of pydantic-ai wrap what its body defines in frames of their own.
    tapped_class.request_stream = refuses_streams or TappedModel.open_stream
    return tapped_class


def _is_provider_model(model: Any) -> bool:
    """Whether a model is a real provider's: one of pydantic-ai's own that is not made for tests."""
    while isinstance(model, WrapperModel):
        model = model.wrapped
    package, _, name = type(model).__module__.rpartition('.')
    return package == 'pydantic_ai.models' and name not in ('test', 'function')
