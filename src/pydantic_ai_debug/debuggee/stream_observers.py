"""Who looks on at streamed responses: their iterators are put in place by ones that tell an observer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from weakref import ref

from . import errors
from .shared_pulls import SharedPulls

if TYPE_CHECKING:
    from .model_requests import StreamObserver

_observers: dict[int, tuple[ref[Any], StreamObserver]] = {}
"""Who looks on at a streamed response, by its id, until it is iterated or gone."""


def observe_stream(response: Any, observer: StreamObserver) -> None:
    """Have an observer see each event of a streamed response, once it is iterated."""
    key = id(response)

    def forget(_: object) -> None:
        _observers.pop(key, None)

    _observers[key] = (ref(response, forget), observer)


def observed(response: Any, iterator: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The iterator of a streamed response, with its observer looking on if it has one."""
    _, observer = _observers.pop(id(response), (None, None))
    return iterator if observer is None else _ObservedEvents(iterator, observer)


class _ObservedEvents:
    """An iterator that looks on. Not an async generator: those are finalised by the event loop.

    Whoever asks it for anything else asks the iterator it is put in place of.
    """

    __slots__ = ('__weakref__', '_events', '_observer', '_pulls', '_run')

    def __init__(self, events: AsyncIterator[Any], observer: StreamObserver) -> None:
        self._events = events
        self._observer = observer
        self._run = observer.run
        self._pulls = SharedPulls() if observer.run.has_hints else None

    def __aiter__(self) -> _ObservedEvents:
        return self

    async def __anext__(self) -> Any:
        run = self._run
        try:
            event = await self._events.__anext__()
            pulls = self._pulls
            if pulls is not None and not run.guarded(pulls.look):
                self._pulls = None
                if pulls.is_shared:
                    run.tell_of_consumers()
            run.stream_posts.post(run.node, event)
            if run.stops_in_streams:
                await self._observer.stop(event)
            return event
        except StopAsyncIteration as end:
            run.stream_ended = True
            errors.leave_frame(end)
            raise
        except Exception as error:
            await self._observer.failed(error)
            errors.leave_frame(error)
            raise
        except BaseException as error:
            errors.leave_frame(error)
            raise

    async def aclose(self) -> None:
        close = getattr(self._events, 'aclose', None)
        try:
            if close is not None:
                await close()
        except BaseException as error:
            errors.leave_frame(error)
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._events, name)

    def __repr__(self) -> str:
        return repr(self._events)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._events.__reduce_ex__(protocol)
