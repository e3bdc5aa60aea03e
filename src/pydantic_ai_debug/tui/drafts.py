"""What is being edited at a stop: its items as they were drafted, and as they are now. Pure, knows no widget."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace

from pydantic_ai_debug.model.json_tokens import JsonProblem, editable_json, json_problem
from pydantic_ai_debug.protocol.events import DraftItem

MAX_LENGTH = 256 * 1024
"""Characters of a text up to which it is edited on the screen; longer ones in the user's editor only."""
_LINE_ENDS = frozenset('\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029')
"""What an editor takes for the end of a line beside newlines."""


@dataclass(frozen=True)
class ItemDraft:
    """One item."""

    item: DraftItem
    original: str
    """What the child has."""
    text: str
    """What it shall be."""
    taken: bool = False
    """Whether an edit of it was taken."""

    @property
    def changed(self) -> bool:
        return self.text != self.original

    @property
    def is_json(self) -> bool:
        return self.item.form == 'json'

    @property
    def too_long(self) -> bool:
        return len(self.text) > MAX_LENGTH

    @property
    def problem(self) -> JsonProblem | None:
        """Why it can't be sent as it is."""
        return json_problem(self.text) if self.is_json else None

    @property
    def loses_line_ends(self) -> bool:
        """Whether an edit on the screen makes newlines of other characters."""
        return not self.is_json and not _LINE_ENDS.isdisjoint(self.original)


def item_draft(item: DraftItem) -> ItemDraft:
    """An item as it is offered: JSON on several lines, with what cannot be seen escaped."""
    text = item.text
    if item.form == 'json':
        text = _readable_json(text)
    return ItemDraft(item, text, text)


def _readable_json(text: str) -> str:
    """JSON indented, unless it is already, or is none."""
    if '\n' not in text and len(text) <= 4 * MAX_LENGTH and text[:1] in ('{', '['):
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return editable_json(text)


@dataclass
class Drafts:
    """The items of a stop, one of which is in view."""

    items: list[ItemDraft]
    position: int = 0
    sent: str | None = None
    """Name of the item whose edit is not answered yet."""
    sent_text: str = ''

    @property
    def current(self) -> ItemDraft:
        return self.items[self.position]

    def move(self, by: int) -> None:
        self.position = (self.position + by) % len(self.items)

    def go_to(self, name: str) -> None:
        self.position = next((number for number, draft in enumerate(self.items) if draft.item.name == name), 0)

    def type(self, text: str) -> None:
        """The item in view is this now."""
        self.items[self.position] = replace(self.current, text=text)

    def apply(self) -> None:
        """The edit that was sent was taken; what was typed since then is a change still."""
        for number, draft in enumerate(self.items):
            if draft.item.name == self.sent:
                self.items[number] = replace(draft, original=self.sent_text, taken=True)
        self.sent = None

    @property
    def unsaved(self) -> list[str]:
        """Names of the items that differ from what the child has."""
        return [draft.item.name for draft in self.items if draft.changed]
