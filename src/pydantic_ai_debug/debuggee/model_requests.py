"""One model request: sent as it is or as the user changed it, answered by hand, or made again where it failed."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Awaitable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pydantic_ai.messages import FinalResultEvent, ModelResponse, PartDeltaEvent, PartStartEvent
from pydantic_ai.models import StreamedResponse

from . import errors
from .breakpoints import Happening, StreamText
from .going_back import GoingBackError
from .held import Again, Answer, GoOn, Settled
from .held_model import HeldModelRequest, HeldStream
from .insides import class_namespace, classes_of, type_of
from .played import played
from .request_plan import NO_CHANGES, Asked, RequestPlan
from .stream_observers import observe_stream

if TYPE_CHECKING:
    from .asked import AskedRequest
    from .debugger import Debugger
    from .recorded_stream import RecordedAnswer
    from .tracked_run import TrackedRun

_NODE = 'ModelRequestNode'


class Request:
    """A request to a model, as a run makes it."""

    def __init__(self, run: TrackedRun, debugger: Debugger, model: Any, asked: Asked) -> None:
        self._run = run
        self._debugger = debugger
        self._model = model
        self._asked = asked
        self._known_by: AskedRequest | None = None
        """What it is known by in a recording, where one is replayed."""

    @property
    def is_plain(self) -> bool:
        """Whether nobody wants to change it, to see it fail, or to answer it."""
        debugger = self._debugger
        return self._run.plan.changes_nothing and not debugger.stops.watches_errors and debugger.replays is None

    def prepare(self) -> ModelResponse | None:
        """Put in place what the user changed, and report what is sent; the answer, where the user gave it."""
        plan, self._run.plan = self._run.plan, NO_CHANGES
        self._run.shown_errors.handled()
        if not plan.changes_nothing:
            self._asked = self._run.guarded(plan.applied, self._asked) or self._asked
        sent = self._run.report_request(self._model, *self._asked)
        if sent is not None and self._debugger.replay is not None:
            from .replayed_requests import asked_by

            self._known_by = self._run.guarded(asked_by, self._debugger.replay, sent)
        return None if plan.answer is None else self._named(plan.answer)

    async def instead(self) -> ModelResponse | RecordedAnswer | None:
        """Report what is sent, and say what answers in place of the model: the user, or the recording that is replayed."""
        while True:
            answer = self.prepare()
            replay = self._debugger.replays
            if answer is not None or replay is None:
                return answer
            from .replayed_requests import decide

            decided = await decide(self._run, self._debugger, replay, self._known_by, self._asked.messages)
            edited = decided.messages is not self._asked.messages or not self._run.plan.changes_nothing
            self._asked = self._asked._replace(messages=decided.messages)
            match decided.answer:
                case Again():
                    continue
                case Answer():
                    return self._named(decided.answer.value)
                case GoOn():
                    return self.prepare() if edited else None
                case _:
                    return decided.answer

    def _named(self, response: ModelResponse) -> ModelResponse:
        return dataclasses.replace(response, model_name=response.model_name or self._model.model_name)

    def send(self) -> Awaitable[ModelResponse]:
        """Ask for a whole response, where nobody wants to change it or to see it fail."""
        if sys.version_info < (3, 11):
            # A frame that lets an exception through is in its traceback, for the program to print.
            return self._model.request(*self._asked)
        try:
            # One that is no coroutine function may raise here, where the program's traceback points at the call.
            response = self._model.request(*self._asked)
        except BaseException as error:
            self._tell_raised(error)
            raise
        return self._await(response)

    async def _await(self, response: Awaitable[ModelResponse]) -> ModelResponse:
        """What is raised is reported."""
        try:
            return await response
        except BaseException as error:
            self._tell_raised(error)
            raise

    async def _send(self, recorded: RecordedAnswer | None = None) -> ModelResponse:
        """Ask for a whole response, or ask the recording where it answers; what is raised is reported."""
        try:
            return await (self._model.request(*self._asked) if recorded is None else recorded.whole())
        except BaseException as error:
            self._tell_raised(error)
            raise

    def _tell_raised(self, error: BaseException) -> None:
        """Called in the frame that lets it through, which is left out of its traceback."""
        if isinstance(error, Exception):
            self._run.report_failed_request(error)
        errors.leave_frame(error)

    async def send_with_stops(self) -> ModelResponse:
        """The same; where it fails, the user may have it sent again or answer it."""
        while True:
            try:
                answer = await self.instead()
                if isinstance(answer, ModelResponse):
                    return answer
                if answer is not None and answer.streams:
                    return await self._streamed(answer)
            except BaseException as error:
                errors.leave_frame(error)
                raise
            try:
                return await self._send(answer)
            except Exception as error:
                resolution = await self.failed(error)
                if isinstance(resolution, Answer):
                    return self._named(resolution.value)
                if isinstance(resolution, GoOn):
                    errors.leave_frame(error)
                    raise
            except BaseException as error:
                errors.leave_frame(error)
                raise

    def open(self, run_context: Any) -> Any:
        """The context manager of a streamed response."""
        return self._model.request_stream(*self._asked, run_context)

    def played(self, answer: ModelResponse | RecordedAnswer) -> Any:
        """The same for what answers in place of the model."""
        parameters = self._prepared_parameters
        return played(answer, parameters) if isinstance(answer, ModelResponse) else answer.opened(parameters)

    @property
    def _prepared_parameters(self) -> Any:
        """The parameters as the model would prepare them: what is a final result is told by them."""
        return self._model.prepare_request(self._asked.settings, self._asked.parameters)[1]

    async def _streamed(self, answer: RecordedAnswer) -> ModelResponse:
        """A recorded response that has streamed, and streams again."""
        async with answer.opened(self._prepared_parameters) as response:
            self._run.stream_opened(response)
            observe_stream(response, StreamObserver(self._run, self._debugger))
            async for _ in response:
                pass
            self._run.stream_closes()
            return response.get()

    async def failed(self, error: Exception) -> Settled:
        """Stop where the model raised: by default where nothing of the program's may handle it."""
        run, stops = self._run, self._debugger.stops
        if error in run.shown_errors:
            return GoOn()
        always = self._debugger.launch.stop_on_error and not any(map(run.handles, _HANDLERS))
        held = HeldModelRequest(run, run.place('error'), _NODE, self._asked.messages)
        held.error = error
        resolution = await stops.pass_by(held, frozenset({'error'}), always=always)
        self._asked = self._asked._replace(messages=held.messages)
        if isinstance(resolution, GoOn) and (always or stops.watchful):
            run.shown_errors.add(error)
        held.let_go()
        return resolution


_HANDLERS = ('on_model_request_error', 'wrap_model_request')
"""Hooks of a program's by which it may handle a model's error."""


class OpenedStream:
    """A streamed request's own context manager, with its response observed."""

    __slots__ = ('_debugger', '_opened', '_request', '_run', '_run_context')

    def __init__(self, request: Request, run: TrackedRun, debugger: Debugger, run_context: Any) -> None:
        self._request = request
        self._run = run
        self._debugger = debugger
        self._run_context = run_context
        # As without a debugger: it may raise before it is entered.
        self._opened: Any = None
        if request.is_plain:
            request.prepare()
            self._opened = request.open(run_context)

    async def __aenter__(self) -> Any:
        try:
            response = await (self._enter() if self._opened is not None else self._enter_with_stops())
        except BaseException as error:
            errors.leave_frame(error)
            raise
        # What a program's model gives for a test may be anything: it is handed on as it is.
        if issubclass(type_of(response), StreamedResponse):
            self._run.stream_opened(response)
            observe_stream(response, StreamObserver(self._run, self._debugger))
        return response

    async def _enter(self) -> Any:
        opened = self._opened
        try:
            if not (_has_method(opened, '__aenter__') and _has_method(opened, '__aexit__')):
                async with opened:
                    raise AssertionError('Python has refused it')
            return await opened.__aenter__()
        except Exception as error:
            self._run.report_failed_request(error)
            raise

    async def _enter_with_stops(self) -> Any:
        while True:
            answer = await self._request.instead()
            try:
                self._opened = self._request.open(self._run_context) if answer is None else self._request.played(answer)
                return await self._enter()
            except Exception as error:
                resolution = await self._request.failed(error)
                if isinstance(resolution, Answer):
                    self._run.plan = RequestPlan(answer=resolution.value)
                elif isinstance(resolution, GoOn):
                    errors.leave_frame(error)
                    raise

    def __aexit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Awaitable[bool | None]:
        self._run.stream_closes()
        try:
            return self._opened.__aexit__(error_type, error, trace)
        except BaseException as raised:
            errors.leave_frame(raised)
            raise


def _has_method(value: object, name: str) -> bool:
    return any(name in class_namespace(cls) for cls in classes_of(value))


class StreamObserver:
    """Looks on at the events of a response, and holds the stream where the run stops in it."""

    __slots__ = ('_debugger', '_texts', 'run')

    def __init__(self, run: TrackedRun, debugger: Debugger) -> None:
        self.run = run
        self._debugger = debugger
        self._texts: dict[int, str] = {}
        """What has streamed of each part, where breakpoints look at it."""

    async def stop(self, event: object) -> None:
        """Come by the place after an event and before the next."""
        run = self.run
        happenings: frozenset[Happening] = frozenset()
        if isinstance(event, FinalResultEvent):
            happenings = frozenset({'result'})
            run.told_result = True
        held = HeldStream(run, run.place('stream'), _NODE, event)
        streamed = run.guarded(self._streamed, event) if self._debugger.stops.breakpoints.watch_streams else None
        await self._debugger.stops.pass_by(held, happenings, streamed or ())

    async def failed(self, error: Exception) -> None:
        """Stop where a stream breaks off: what was handed on cannot be taken back, so it can only go on failing."""
        run, stops = self.run, self._debugger.stops
        if isinstance(error, GoingBackError):
            return
        run.report_failed_request(error, opened=True)
        if error in run.shown_errors or not stops.watches_errors:
            return
        held = HeldStream(run, run.place('error'), _NODE, None)
        held.holds_stream = False
        held.error = error
        always = self._debugger.launch.stop_on_error and not any(map(run.handles, _HANDLERS))
        await stops.pass_by(held, frozenset({'error'}), always=always)
        held.let_go()
        if always or stops.watchful:
            run.shown_errors.add(error)

    def _streamed(self, event: object) -> tuple[StreamText, ...]:
        if isinstance(event, PartStartEvent):
            self._texts[event.index] = ''
            added = part_text(event.part)
        elif isinstance(event, PartDeltaEvent):
            added = _delta_text(event.delta)
        else:
            return ()
        kind, text = added
        if kind is None or not text:
            return ()
        whole = self._texts[event.index] = self._texts.get(event.index, '') + text
        return (StreamText(kind, event.index, whole, len(text)),)


def part_text(part: Any) -> tuple[Any, str]:
    """The text of a part, and whether it is text or arguments of a tool."""
    match part.part_kind:
        case 'text':
            return 'text', part.content
        case 'tool-call':
            return 'args', part.args_as_json_str() if part.args else ''
        case _:
            return None, ''


def _delta_text(delta: Any) -> tuple[Any, str]:
    match delta.part_delta_kind:
        case 'text':
            return 'text', delta.content_delta
        case 'tool_call':
            return 'args', delta.args_delta if isinstance(delta.args_delta, str) else ''
        case _:
            return None, ''


def whole_texts(node: Any) -> tuple[StreamText, ...]:
    """The texts and arguments of a response that did not stream, of the node that is going to work on it."""
    response = getattr(node, 'model_response', None)
    texts = [(index, *part_text(part)) for index, part in enumerate(response.parts)] if response is not None else []
    return tuple(StreamText(kind, index, text, len(text)) for index, kind, text in texts if kind is not None)
