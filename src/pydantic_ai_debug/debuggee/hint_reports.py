"""When a run is told of traps: at its calls, its nodes and its end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic_ai_debug.protocol.events import Hint

from .answers import AnsweredCall, refusals, refuses_output

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse, ToolCallPart

    from .hints import Hints, Told
    from .run_reports import RunReports


class HintReports:
    """Hands what happens in a run to its hints, and reports what they tell."""

    def __init__(self, run: RunReports, hints: Hints) -> None:
        self._run = run
        self._hints = hints

    def call(self, call: ToolCallPart) -> None:
        """A tool is called with arguments as the model wrote them."""
        self._tell(self._hints.call(call.tool_name, call.args, call.tool_call_id, self._run.node))

    def went_back(self, kept: frozenset[int]) -> None:
        """The run went back: of its nodes only these lead to where it is."""
        self._hints.went_back(kept)

    def consumers(self) -> None:
        """Several consumers read one stream at the same time."""
        self._tell(self._hints.two_consumers())

    def failed(self, error: object) -> None:
        self._tell(self._hints.raised(error))

    def node(self, result: Any, state: Any, deps: Any) -> None:
        """The open node came to `result`, in a run with this state and these deps of pydantic-ai's own."""
        match type(result).__name__:
            case 'CallToolsNode':
                self._response(result.model_response)
            case 'ModelRequestNode':
                self._tell(self._hints.usage(state.usage, deps.usage_limits))
                if self._run.is_open('CallToolsNode'):
                    for tool, used, allowed in refusals(state, deps):
                        self._tell(self._hints.retries(tool, used, allowed))
            case _:
                pass

    def end(self, response: ModelResponse | None, error: BaseException | None, left: bool) -> None:
        """The run ends.

        Args:
            response: What was streamed last.
            error: What it ends with.
            left: Whether the program left it before its end.
        """
        run = self._run
        if response is not None:
            self._response(response)
        if run.has_streamed and run.is_open('ModelRequestNode'):
            if left and (run.in_run_stream or not run.stream_ended):
                self._tell(self._hints.left_early())
            elif run.in_run_stream and run.stream_ended and error is not None and refuses_output(error):
                self._tell(self._hints.refused_at_end())
        self._tell(self._hints.raised(error))

    def settled(self, calls: Iterable[AnsweredCall], streamed: bool) -> None:
        """Calls were answered without their tool."""
        agent_run = self._run.agent_run
        if agent_run is not None and agent_run.ctx.deps.end_strategy == 'early':
            skipped = [call.call.tool_name for call in calls if call.outcome == 'skipped' and call.kind != 'output']
            self._tell(self._hints.skipped(skipped, streamed=streamed))

    def _response(self, response: ModelResponse) -> None:
        self._tell(self._hints.response(response.finish_reason, response.usage.output_tokens))

    def _tell(self, told: Iterable[Told]) -> None:
        for name, text in told:
            self._run.emit(Hint(self._run.id, self._run.node, name, text))
