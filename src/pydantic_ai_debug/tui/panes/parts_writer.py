"""Writes the parts of a response into a text view as they grow: a block a part, extended in place."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_ai_debug.model.parts import OtherEvent, Part, PartEnded, PartGrew, PartsFold, PartStarted
from pydantic_ai_debug.protocol.events import Json, RaisedError
from pydantic_ai_debug.tui.present.markdown import MAX_MARKDOWN
from pydantic_ai_debug.tui.present.stream_text import INDENT, failure_spans, other_spans, part_spans, part_style
from pydantic_ai_debug.tui.present.styled import Span
from pydantic_ai_debug.tui.widgets.text_view import TextView

_TOOL_EVENTS = frozenset({'function_tool_call', 'function_tool_result', 'output_tool_call', 'output_tool_result'})
"""Said again by the events of the tool calls."""


class PartsWriter:
    """Writes what a model came to: one response, and what it raised before."""

    def __init__(self, text: TextView, *, rendered: bool, only_others: bool = False) -> None:
        """Write into an empty view.

        Args:
            text: The view.
            rendered: Whether finished parts are shown as Markdown and formatted JSON.
            only_others: Whether events about parts are left out.
        """
        self._text = text
        self._rendered = rendered
        self._only_others = only_others
        self._fold = PartsFold()
        self._blocks: dict[int, int] = {}
        """By identity of the part, the block it is in."""
        self._growing: int | None = None
        """The block that text was added to last."""
        self._pending: list[Span] = []
        """Text for that block which is added at once."""
        self.length = 0
        """Characters that were streamed."""

    def write_parts(self, parts: Sequence[Part]) -> None:
        """Write parts that are finished."""
        for part in parts:
            self._start_block()
            self._text.append_spans(part_spans(part, rendered=self._rendered))

    def write_failure(self, error: RaisedError) -> None:
        """Write what the model raised: what streams after it is another response."""
        self._fold, self._blocks = PartsFold(), {}
        self._start_block()
        self._text.append_spans(failure_spans(error))

    def write(self, events: Sequence[Json]) -> None:
        """Write what the data of some stream events add."""
        for data in events:
            for change in self._fold.feed(data):
                match change:
                    case OtherEvent():
                        self._write_other(change)
                    case _ if self._only_others:
                        pass
                    case PartStarted(part):
                        self.length += len(part.text)
                        self._show(part)
                    case PartGrew(part, added):
                        self.length += len(added)
                        self._extend(part, added)
                    case PartEnded(part):
                        self._end(part)
        self._flush()

    def _write_other(self, event: OtherEvent) -> None:
        if event.name not in _TOOL_EVENTS:
            self._start_block()
            self._text.append_spans(other_spans(event))

    def _start_block(self) -> int:
        self._flush()
        if not self._text.is_empty:
            self._text.start_block()
            self._text.append('\n')
        return self._text.start_block()

    def _show(self, part: Part) -> None:
        self._flush()
        block = self._blocks.get(id(part))
        if block is None:
            block = self._blocks[id(part)] = self._start_block()
        self._text.replace_block(block, part_spans(part, rendered=self._rendered))

    def _extend(self, part: Part, added: str) -> None:
        if not added:
            self._show(part)
            return
        block = self._blocks[id(part)]
        if block != self._growing:
            self._flush()
            self._growing = block
        self._pending.append(Span(added, part_style(part), INDENT))

    def _end(self, part: Part) -> None:
        # A text that is too long to be rendered is there already, and writing it anew takes many times its memory.
        stays = part.kind == 'text' and len(part.text) > MAX_MARKDOWN and not part.rewritten
        looks_different = self._rendered and part.kind in ('text', 'call') and not stays
        if looks_different or part.kind in ('return', 'other'):
            self._show(part)

    def _flush(self) -> None:
        if self._growing is not None and self._pending:
            pending, self._pending = self._pending, []
            self._text.extend_block(self._growing, [Span(''.join(span.text for span in pending), *pending[0][1:])])
