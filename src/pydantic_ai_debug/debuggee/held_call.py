"""A tool call that waits: before it runs, after it returned, or where it raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic_ai_debug.protocol.commands import AnswerKind
from pydantic_ai_debug.protocol.events import Json

from .edited_text import parsed
from .held import Answer, Draft, EditError, Held
from .insides import type_of
from .stepper import Place
from .typed_values import like
from .wire import jsonable

if TYPE_CHECKING:
    from .tracked_run import TrackedRun

_DENIED = 'The tool call was denied.'
"""What pydantic-ai tells the model of a call that was denied without a reason."""


class HeldCall(Held):
    """A call, with the arguments that it runs on."""

    def __init__(self, run: TrackedRun, place: Place, ctx: Any, call: Any, tool_def: Any, args: Any) -> None:
        super().__init__(run, place, call.tool_name)
        self.ctx = ctx
        self.call = call
        self.tool_def = tool_def
        self.args = args
        """Validated arguments by name; None where they are not valid."""
        self.result: Any = None

    @property
    def answers(self) -> tuple[AnswerKind, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return () if self.place.after else ('value', 'error', 'retry', 'denied')

    @property
    def retries(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.place.at == 'error'

    @property
    def arguments(self) -> object:
        return self.args

    @property
    def editable(self) -> tuple[str, ...]:
        return ('result',) if self.place.after else ('args',)

    def drafts(self) -> Sequence[Draft]:
        if self.place.after:
            return [result_draft(self.result)]
        args = self.args if self.args is not None else _written_args(self.call)
        return [Draft('args', 'json', jsonable(args), jsonable(self.tool_def.parameters_json_schema))]

    def take(self, item: str, value: Any) -> None:
        match item:
            case 'args' if not self.place.after:
                self.args = self._validated(value)
            case 'result' if self.place.after:
                self.result = like(self.result, value)
            case _:
                super().take(item, value)

    def _validated(self, value: Json) -> Any:
        """Arguments as the tool's schema makes them from JSON."""
        agent_run = self.run.agent_run
        manager = agent_run.ctx.deps.tool_manager if agent_run is not None else None
        tool = manager.tools.get(self.call.tool_name) if manager is not None and manager.tools else None
        if tool is None:
            raise EditError(f'the tool {self.call.tool_name} is gone')
        context = getattr(self.ctx, 'validation_context', None)
        # As JSON, which is how a model writes them: a date is a text there.
        from pydantic_core import to_json

        return tool.args_validator.validate_json(to_json(value), context=context)

    def answer(self, kind: AnswerKind, text: str) -> Answer:
        match kind:
            case 'value':
                return Answer(kind, parsed(text))
            case 'error' | 'retry':
                if not text.strip():
                    raise EditError('a message is needed')
                return Answer(kind, text)
            case 'denied':
                return Answer(kind, text.strip() or _DENIED)
            case _:
                raise EditError(f'a tool call is not answered by a {kind}')

    def scope(self) -> Mapping[str, object]:
        names: dict[str, object] = {'ctx': self.ctx, 'tool': self.call.tool_name, 'call': self.call, 'args': self.args}
        if self.place.after:
            names['result'] = self.result
        return names

    def let_go(self) -> None:
        super().let_go()
        self.result = None


class HeldArguments(HeldCall):
    """A call whose arguments are refused: they can be written anew, and nothing runs yet that could be answered."""

    @property
    def answers(self) -> tuple[AnswerKind, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return ()

    @property
    def retries(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return False

    def answer(self, kind: AnswerKind, text: str) -> Answer:
        raise EditError('a call whose arguments are refused is not answered by hand: write them anew')


def result_draft(result: object) -> Draft:
    """What a tool returned, as it is edited."""
    if type_of(result) is str:
        return Draft('result', 'text', result)
    return Draft('result', 'json', jsonable(result))


def _written_args(call: Any) -> object:
    try:
        return call.args_as_dict()
    except Exception:  # noqa: BLE001 - arguments that are no JSON are shown as the model wrote them
        return call.args
