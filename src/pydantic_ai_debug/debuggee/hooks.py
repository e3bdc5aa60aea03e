"""pydantic-ai's hooks to events, then the gate. No logic of its own.

A run calls its hooks on one object, the root of its capabilities. The root is put in place by a look-alike: the same
capabilities in the same order, with the debugger outside of all of them. The program's own hooks are called with what
they are called with anyway, and find no capability of ours among theirs.
"""

from __future__ import annotations

import copy
import functools
import sys
import types
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_ai import ModelRequestNode
from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.models import Model

from . import boundaries, errors, tool_calls
from .going_back import GoingBackError
from .tap import TappedModel, restore_model, tapped
from .tool_calls import ToolCall, answer_of, outcome_of
from .tracked_run import Caller, TrackedRun, current_caller

if TYPE_CHECKING:
    from .debugger import Debugger


@dataclass(frozen=True)
class Watch:
    """Who is told about a run."""

    run: TrackedRun
    debugger: Debugger

    def tapped(self, model: Any, wrapper: Any = None) -> TappedModel:
        """The model that looks on, around the one that serves a request: the program's wrapper, or the run's own."""
        serves = model if wrapper is None else wrapper
        return tapped(serves, self.run, self.debugger, is_wrapper=wrapper is not None)


def watched(root: AbstractCapability[Any], watch: Watch) -> AbstractCapability[Any]:
    """A look-alike of the root of a run's capabilities, whose hooks tell `watch`."""
    look_alike: Any = object.__new__(_watched_class(type(root)))
    look_alike.__dict__.update(root.__dict__)
    look_alike.agent_debug_watch = watch
    return look_alike


def watch_of(root: object) -> Watch | None:
    """Who is told about the run of this root, if anybody."""
    return root.agent_debug_watch if isinstance(root, _Watched) else None


@functools.cache
def _watched_class(cls: type[AbstractCapability[Any]]) -> type[AbstractCapability[Any]]:
    # What `__class__` says is what the program would see: it names the class that is printed, compared and copied to.
    names: dict[str, Any] = {
        '__slots__': (),
        '__module__': cls.__module__,
        '__qualname__': cls.__qualname__,
        '__class__': property(lambda _: cls),
    }
    return types.new_class(cls.__name__, (_model_hooks(), cls), exec_body=lambda body: body.update(names))


def _model_hooks() -> type[Any]:
    """How this version of pydantic-ai lets a model be put around another."""
    if hasattr(AbstractCapability, 'get_wrapper_model'):
        return _WrappedModels
    return _WrappedLast if hasattr(ModelRequestNode, '_apply_before_model_request') else _WrappedRequests


class _Watched:
    """The hooks of ours, each around the same one of the program's."""

    __slots__ = ('agent_debug_watch',)

    agent_debug_watch: Watch

    def __reduce_ex__(self, protocol: Any) -> Any:
        plain: Any = object.__new__(self.__class__)
        plain.__dict__.update(self.__dict__)
        return plain.__reduce_ex__(protocol)

    async def before_node_run(self, ctx: Any, *, node: Any) -> Any:
        watch = self.agent_debug_watch
        try:
            if type(node).__name__ == 'SetFinalResult':
                watch.run.settle_streamed_calls(node.final_result)
            node = await boundaries.node_begins(watch.debugger, watch.run, ctx, node)
            return await _hooks(self).before_node_run(ctx, node=node)
        except BaseException as error:
            errors.leave_frame(error)
            raise

    async def after_node_run(self, ctx: Any, *, node: Any, result: Any) -> Any:
        watch = self.agent_debug_watch
        try:
            result = await _hooks(self).after_node_run(ctx, node=node, result=result)
            return await boundaries.node_ended(watch.debugger, watch.run, ctx, node, result)
        except BaseException as error:
            errors.leave_frame(error)
            raise

    @property
    def _has_on_node_run_error(self) -> bool:
        # Where a version asks for it, right where it handles an error, the hook below is passed over unless this says
        # that there is one.
        return _hooks(self)._has_on_node_run_error or boundaries.may_stop_at(
            self.agent_debug_watch.debugger, self.agent_debug_watch.run, sys.exc_info()[1]
        )

    async def on_node_run_error(self, ctx: Any, *, node: Any, error: Exception) -> Any:
        watch = self.agent_debug_watch
        try:
            if isinstance(error, GoingBackError):
                # Of ours: nothing that the program's hooks could handle.
                raise error
            if not getattr(_hooks(self), '_has_on_node_run_error', True):
                watch.run.reraised_in = errors.calling_frame_id()
                raise error
            return await _hooks(self).on_node_run_error(ctx, node=node, error=error)
        except Exception as raised:
            # Nothing of the program's handles it.
            instead = await boundaries.node_failed(watch.debugger, watch.run, ctx, node, raised)
            if instead is not None:
                return instead
            errors.leave_frame(raised)
            raise
        except BaseException as raised:
            errors.leave_frame(raised)
            raise

    async def on_tool_validate_error(self, ctx: Any, *, call: Any, tool_def: Any, args: Any, error: Any) -> Any:
        watch = self.agent_debug_watch
        try:
            return await _hooks(self).on_tool_validate_error(ctx, call=call, tool_def=tool_def, args=args, error=error)
        except Exception as raised:
            mended = await tool_calls.refused_arguments(watch.run, watch.debugger, ctx, call, tool_def, raised)
            if mended is not None:
                return mended
            errors.leave_frame(raised)
            raise
        except BaseException as raised:
            errors.leave_frame(raised)
            raise

    async def before_tool_execute(self, ctx: Any, *, call: Any, tool_def: Any, args: Any) -> Any:
        try:
            return await _hooks(self).before_tool_execute(ctx, call=call, tool_def=tool_def, args=args)
        except BaseException as error:
            run = self.agent_debug_watch.run
            if outcome_of(error) == 'skipped' and current_caller.get() != Caller(run, call.tool_call_id):
                # Where the hooks around the tool come after this one.
                run.start_tool(call, args, tool_def.kind)
                run.finish_tool(call, args, 'skipped', answer_of(error), 0.0)
            errors.leave_frame(error)
            raise

    async def wrap_tool_execute(
        self, ctx: Any, *, call: Any, tool_def: Any, args: Any, handler: Callable[[Any], Awaitable[Any]]
    ) -> Any:
        watch = self.agent_debug_watch
        proceed = functools.partial(_proceed, _hooks(self), ctx, call, tool_def, handler)
        try:
            return await ToolCall(watch.run, watch.debugger, ctx, call, tool_def, args).carry_out(proceed)
        except BaseException as error:
            errors.leave_frame(error)
            raise


def _proceed(hooks: Any, ctx: Any, call: Any, tool_def: Any, handler: Any, args: Any) -> Awaitable[Any]:
    """The program's hooks around a tool, and the tool."""
    return hooks.wrap_tool_execute(ctx, call=call, tool_def=tool_def, args=args, handler=handler)


def _hooks(watched: _Watched) -> Any:
    """The hooks of the program, as they are without a debugger."""
    return super(_Watched, watched)


class _ModelsPutBack(_Watched):
    """The program's hooks see the program's model once the request is answered or has failed."""

    __slots__ = ()

    def wrap_model_request(self, ctx: Any, *, request_context: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        @functools.wraps(handler)
        async def ask(asked: Any) -> Any:
            try:
                return await handler(asked)
            except BaseException as error:
                # Not all that ends a request comes by a hook.
                restore_model(asked)
                errors.leave_frame(error)
                raise

        return _hooks(self).wrap_model_request(ctx, request_context=request_context, handler=ask)

    async def after_model_request(self, ctx: Any, *, request_context: Any, response: Any) -> Any:
        restore_model(request_context)
        try:
            return await _hooks(self).after_model_request(ctx, request_context=request_context, response=response)
        except BaseException as error:
            errors.leave_frame(error)
            raise


class _WrappedModels(_ModelsPutBack):
    """Puts a model that looks on around the one that serves a request."""

    __slots__ = ()

    def get_wrapper_model(self, model: Any) -> Any:
        wrapper = _hooks(self).get_wrapper_model(model)
        watch = self.agent_debug_watch
        # One that is no model is refused as without us.
        if not watch.run.wraps_models or not (wrapper is None or isinstance(wrapper, Model)):
            return wrapper
        return watch.tapped(model, wrapper)

    def _handles_model_request_error(self, ctx: Any, request_context: Any) -> bool:
        restore_model(request_context)
        return _hooks(self)._handles_model_request_error(ctx, request_context)


class _WrappedLast(_ModelsPutBack):
    """The same for versions without `get_wrapper_model`, where the hooks before a request come right before it."""

    __slots__ = ()

    async def before_model_request(self, ctx: Any, request_context: Any) -> Any:
        try:
            asked = await _hooks(self).before_model_request(ctx, request_context)
        except BaseException as error:
            errors.leave_frame(error)
            raise
        watch = self.agent_debug_watch
        # A copy: the hooks hold on to theirs.
        asked = copy.copy(asked)
        asked.model = watch.tapped(asked.model)
        return asked

    def on_model_request_error(self, ctx: Any, *, request_context: Any, error: Exception) -> Awaitable[Any]:
        restore_model(request_context)
        return _hooks(self).on_model_request_error(ctx, request_context=request_context, error=error)


class _WrappedRequests(_Watched):
    """The same for older versions."""

    __slots__ = ()

    # Where a version asks for it, the hook below is passed over unless this says that there is one.
    _has_wrap_model_request = True

    def wrap_model_request(self, ctx: Any, *, request_context: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        watch = self.agent_debug_watch

        @functools.wraps(handler)
        def ask(asked: Any) -> Awaitable[Any]:
            # A copy, for the request alone: the hooks hold on to the context, and find the program's model in it.
            asked = copy.copy(asked)
            asked.model = watch.tapped(asked.model)
            return handler(asked)

        return _hooks(self).wrap_model_request(ctx, request_context=request_context, handler=ask)
