"""Edits and answers of the user, checked and taken where a run waits; each is answered by an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import ValidationError
from typing_extensions import assert_never

from pydantic_ai_debug.protocol import commands as cmd
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import DraftItem, Event, Json

from .edited_text import parsed, place_of, pretty, unmasked, unmasked_text
from .errors import summary
from .held import Again, Draft, EditError, Held
from .scrubbing import scrubbed_json
from .secrets import masked
from .wire import masked_json

_ANSWER = 'answer'
"""The item that a refused answer is told about."""


def act(held: Held, command: cmd.Draft | cmd.Edit | cmd.AnswerByHand | cmd.Retry | cmd.UseRecorded) -> bool:
    """Do what the user asks of something that waits; whether it goes on."""
    match command:
        case cmd.Draft():
            held.run.emit(drafted(held))
        case cmd.Edit():
            held.run.emit(edit(held, command))
            held.run.announce(held)
        case cmd.AnswerByHand():
            event, taken = answer(held, command)
            held.run.emit(event)
            return taken
        case cmd.Retry():
            if held.retries:
                held.resolution = Again()
            return held.retries
        case cmd.UseRecorded():
            return held.use_recorded()
        case _:
            assert_never(command)
    return False


def drafted(held: Held) -> Event:
    """What can be edited, as texts; secrets are masked."""
    items = tuple(_item(draft) for draft in held.drafts())
    return ev.Drafted(held.run.id, held.place.node, held.place.call, items)


def _item(draft: Draft) -> DraftItem:
    return DraftItem(draft.name, draft.form, _shown_text(draft), draft.schema)


def _shown(draft: Draft) -> Json:
    return scrubbed_json(masked(draft.value))


def _shown_text(draft: Draft) -> str:
    return str(_shown(draft)) if draft.form == 'text' else pretty(_shown(draft))


def edit(held: Held, command: cmd.Edit) -> Event:
    """Take an edit, or say why not."""
    draft = next((draft for draft in held.drafts() if draft.name == command.item), None)
    if draft is None:
        return _refused(held, command.item, EditError(f'there is no {command.item!r} to edit here'))
    try:
        held.take(command.item, _value(draft, command.text))
    except EditError as error:
        return _refused(held, command.item, error)
    except ValidationError as error:
        return _refused(held, command.item, _as_edit_error(error, command.text, draft))
    except Exception as error:  # noqa: BLE001 - a validator of the program's may raise anything
        return _refused(held, command.item, EditError(summary(error)))
    after = next((changed for changed in held.drafts() if changed.name == command.item), draft)
    return ev.Edited(
        held.run.id, held.place.node, held.place.call, command.item, masked(draft.value), masked(after.value)
    )


def _value(draft: Draft, text: str) -> Json:
    """What a text stands for, its masked secrets put back."""
    if draft.form == 'text':
        return unmasked_text(text, _shown_text(draft), str(draft.value))
    return unmasked(parsed(text), _shown(draft), draft.value)


def answer(held: Held, command: cmd.AnswerByHand) -> tuple[Event, bool]:
    """Take an answer, or say why not; whether it was taken."""
    try:
        held.resolution = held.answer(command.kind, command.text)
    except EditError as error:
        return _refused(held, _ANSWER, error), False
    except ValidationError as error:
        return _refused(held, _ANSWER, _as_edit_error(error, command.text, None)), False
    except Exception as error:  # noqa: BLE001 - the same
        return _refused(held, _ANSWER, EditError(summary(error))), False
    value = masked_json(held.resolution.value)
    return ev.AnsweredByHand(held.run.id, held.place.node, held.place.call, command.kind, value), True


def _refused(held: Held, item: str, error: EditError) -> Event:
    return ev.EditRefused(held.run.id, held.place.node, held.place.call, item, error.message, error.line, error.column)


def _as_edit_error(error: ValidationError, text: str, draft: Draft | None) -> EditError:
    """The first thing that is wrong, and where in the text that is."""
    problems = cast('Sequence[Mapping[str, Any]]', error.errors(include_url=False))
    first = problems[0]
    path = [step for step in first['loc'] if isinstance(step, (str, int))]
    named = '.'.join(map(str, path))
    more = f' (and {len(problems) - 1} more)' if len(problems) > 1 else ''
    message = f'{named}: {first["msg"]}{more}' if named else f'{first["msg"]}{more}'
    if draft is None or draft.form == 'json':
        try:
            # Parts are validated inside of the message that they are in.
            inner = path if draft is None or draft.name != 'response' else path[path.index('parts') + 1 :]
            return EditError(message, *place_of(text, inner))
        except ValueError:
            pass
    return EditError(message)
