"""Result: how a run ended: its output, or its error and what to do next, with usage, cost and duration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.events import Resize
from textual.geometry import Region
from typing_extensions import override

from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.model.arriving_output import ArrivingOutput, OutputWatch
from pydantic_ai_debug.model.details import Recall
from pydantic_ai_debug.model.selectors import exit_phrase, whole_cost
from pydantic_ai_debug.model.state import RunState, SessionState, Stop
from pydantic_ai_debug.model.times import run_time
from pydantic_ai_debug.model.typed_fields import FieldsReader, newest_names
from pydantic_ai_debug.model.waiting import waiting_stop
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.values import Value
from pydantic_ai_debug.tui.present.entries import Entry
from pydantic_ai_debug.tui.present.failure import failure_spans
from pydantic_ai_debug.tui.present.json_entries import json_entry
from pydantic_ai_debug.tui.present.json_text import dump_json
from pydantic_ai_debug.tui.present.literal import literal
from pydantic_ai_debug.tui.present.markdown import markdown_spans
from pydantic_ai_debug.tui.present.partial_entries import OUTPUT_KEY, partial_entry
from pydantic_ai_debug.tui.present.state_entries import tokens_text, usage_text
from pydantic_ai_debug.tui.present.stop_entries import error_entries, line_entries, what_next
from pydantic_ai_debug.tui.present.styled import Span
from pydantic_ai_debug.tui.present.value_entries import Deeper, Wanted, value_entry
from pydantic_ai_debug.tui.widgets.text_view import TextView
from pydantic_ai_debug.tui.widgets.value_tree import ValueTree

from .base import Pane, PaneView
from .empty import no_run_text
from .opened import OpenedValues
from .status_line import StatusLine
from .text_search import TextSearch

_LONGEST_READ = 50_000
"""Characters of output that is arriving up to which its fields are shown."""
_ROOMY = 16
"""Rows of a pane from which on what has arrived is shown open."""
_NO_MORE = 'the picture stops here; y copies the whole output as JSON'


class ResultPane(Pane):
    """One run's end: a text for words and errors, a tree for structured output, also while that arrives."""

    TITLE: ClassVar[str] = 'Result'
    DEFAULT_CSS = """
    ResultPane { layout: vertical; }
    ResultPane TextView, ResultPane ValueTree { height: 1fr; }
    """

    def __init__(self, recall: Recall, *, id: str | None = None) -> None:
        super().__init__(recall, id=id)
        self._seen: object = None
        self._copied = ''
        self._watch = OutputWatch(recall)
        self._fields: tuple[object, FieldsReader] | None = None
        """What output is arriving, and what reads it."""
        self._text = TextView(follow=False)
        self._tree = ValueTree()
        self._search = TextSearch(self._text)
        self._locals = OpenedValues(recall, 'locals', self._want)
        self._stop_seq = -1
        """Place of the stop that is shown."""

    def compose(self) -> ComposeResult:
        self._tree.display = False
        yield self._text
        yield self._tree
        yield StatusLine()

    def on_mount(self) -> None:
        self.watch_view(self.view)

    def watch_view(self, view: PaneView) -> None:
        if not self._text.is_attached:
            return
        run, state = view.run, view.state
        output = self._watch.look(run) if run is not None and run.end is None else None
        stop = shown_stop(view)
        seen = (
            (run.id, run.started_seq, run.end, run.status, run.usage, run.cost) if run is not None else state.status,
            state.exit_code,
            state.launch_error,
            state.script_error,
            len(state.faults),
            view.live or view.past,
            (output.node, output.tool, len(output.text), output.whole) if output is not None else None,
            (stop.seq, len(state.opened)) if stop is not None else None,
        )
        if seen == self._seen:
            return
        self._seen = seen
        event = self.recall(run.end) if run is not None and run.end is not None else None
        match event:
            case ev.RunFinished() if run is not None:
                self._show_output(event)
            case ev.RunFailed() if run is not None:
                self._show_failure(event, view)
            case _ if run is not None and stop is not None:
                self._show_stop(run, stop, view)
            case _ if output is not None:
                self._show_partial(output, view)
            case _:
                error = self._script_error(view)
                spans = failure_spans(error, live=view.live, in_run=False) if error else _unfinished_spans(view)
                self._show_text([*self._fault_spans(state), *spans])
                self._copied = error.traceback if error else ''
        self._draw_status(view, run, stop)

    @override
    def start_over(self) -> None:
        self._seen = None
        self._watch = OutputWatch(self.recall)

    def _script_error(self, view: PaneView) -> ev.ErrorInfo | None:
        """What ended a script that started no run."""
        place = view.state.script_error
        event = self.recall(place) if view.run is None and place is not None else None
        return event.error if isinstance(event, ev.ScriptFailed) else None

    def _show_output(self, event: ev.RunFinished) -> None:
        output = event.output
        if isinstance(output, str):
            self._copied = output
            self._show_text(markdown_spans(output) if output else [Span('The output is an empty text.', 'dim')])
            return
        self._copied = dump_json(output)
        self._show_tree([_output_entry(event.picture, output)])

    def _show_partial(self, output: ArrivingOutput, view: PaneView) -> None:
        """The fields that have arrived, those that are awaited, and what does not fit."""
        self._copied = output.text
        if len(output.text) > _LONGEST_READ:
            self._show_text(_too_long_spans(output))
            return
        source = (output.run, output.started_seq, output.node, output.tool)
        is_new = self._fields is None or self._fields[0] != source
        if self._fields is None or is_new:
            self._fields = source, FieldsReader(output.schema)
        whole = self._fields[1].read(output.text)
        ended = output.whole or not (view.live or view.past) or view.state.exit_code is not None
        root = partial_entry(whole, ended=ended, text=output.text, opened=self.size.height >= _ROOMY)
        self._show_tree([root], start_over=is_new)
        cursor = self._tree.row_at_cursor
        if cursor is None or cursor.depth == 0:
            # A cursor that has left the first line is somebody's who reads.
            self._scroll_to_newest((OUTPUT_KEY, *newest_names(whole)))

    def _scroll_to_newest(self, path: tuple[str, ...]) -> None:
        """Bring the row of what came last into view, or that of what it is in."""
        rows = [index for index, row in enumerate(self._tree.rows) if row.path == path[: len(row.path)]]
        if rows:
            self._tree.scroll_to_region(Region(0, rows[-1], 1, 1), animate=False, force=True)

    def on_resize(self, event: Resize) -> None:
        if self.view.run is not None and self.view.run.end is None:
            self._seen = None
            self.watch_view(self.view)

    def _show_failure(self, event: ev.RunFailed, view: PaneView) -> None:
        error = event.error
        self._copied = f'{error.type}: {error.message}\n\n{error.traceback}'
        if event.cancelled:
            why = f' ({literal(error.type, 200)})' if error.type else ''
            spans = [
                Span('The run was cancelled, or left before its end' + why + '.\n'),
                Span('What it did until then is in the other panes.', 'dim'),
            ]
        else:
            spans = list(failure_spans(error, live=view.live, in_run=True))
        self._show_text([*self._fault_spans(view.state), *spans])

    def _fault_spans(self, state: SessionState) -> list[Span]:
        """What went wrong in the debugger itself."""
        spans: list[Span] = []
        for place in state.faults[-3:]:
            event = self.recall(place)
            if isinstance(event, ev.Fault):
                spans += [
                    Span('a fault of the debugger; the script goes on: ', 'warning'),
                    Span(event.message[:500] + '\n', 'text', 2),
                ]
        return spans

    def _show_text(self, spans: Sequence[Span]) -> None:
        had_focus = self._tree.has_focus
        self._tree.display, self._text.display = False, True
        self._fields = None
        self._text.show(spans)
        if had_focus:
            self._text.focus()

    def _show_tree(self, roots: Sequence[Entry], *, start_over: bool = True) -> None:
        had_focus = self._text.has_focus
        self._tree.display, self._text.display = True, False
        if start_over:
            self._tree.start_over()
        self._tree.show(roots)
        if had_focus:
            self._tree.focus()

    def _show_stop(self, run: RunState, stop: Stop, view: PaneView) -> None:
        """The error, or the line, that the run waits at: its stack, whose variables can be opened."""
        event = self.recall(stop.seq)
        assert isinstance(event, ev.Stopped), 'the place of a stop is that of its event'
        deeper = self._locals.deeper(view.state, run.id, stop.seq, can_ask=view.live, live=view.live)
        if event.error is not None:
            entries = error_entries(event.error, deeper)
            self._copied = f'{event.error.type}: {event.error.message}\n\n{event.error.traceback}'
        else:
            entries = line_entries(event.frames, deeper)
            self._copied = ''
        self._show_tree(entries, start_over=self._stop_seq != stop.seq)
        self._stop_seq = stop.seq

    def _want(self, run: str, wanted: Wanted) -> None:
        self.post_message(self.ValueWanted(run, wanted.root, wanted.path, wanted.start))

    def _draw_status(self, view: PaneView, run: RunState | None, stop: Stop | None) -> None:
        state = view.state
        words: list[str] = []
        if run is not None and run.end is not None:
            dollars = whole_cost(state, run)
            cost = numbers.dollars(dollars) if dollars is not None else 'cost unknown'
            usage = [usage_text(run.usage)]
            if run.branches:
                # There is room for the tokens of both; State has all counts.
                tokens = {name: value for name, value in run.usage.items() if name in ('input_tokens', 'output_tokens')}
                usage = [usage_text(tokens), f'in all {tokens_text(run.spent)}']
            words = [numbers.duration(run_time(state, run, state.time)), *usage, cost]
        elif stop is not None and view.live:
            words = [what_next(stop)]
        exit_text = f'script ended {exit_phrase(state.exit_code)}' if state.exit_code is not None else ''
        self.query_one(StatusLine).say(' · '.join(words), exit_text)

    # What the main screen asks for

    def plain_text(self) -> str:
        if self._tree.display and self._tree.has_focus and self._tree.row_at_cursor is not None:
            row = self._tree.row_at_cursor
            return self._copied if row.depth == 0 else self._tree.plain_text()
        return self._copied or self._text.plain_text()

    def search(self, query: str, *, forward: bool = True) -> bool:
        if self._tree.display:
            return self._tree.search(query, forward=forward)
        return self._search.go(query, forward)


def shown_stop(view: PaneView) -> Stop | None:
    """The error or line at which the selected run waits: the selected row's, else its newest."""
    run = view.run
    if run is None or not run.stops:
        return None
    waiting = waiting_stop(view.state, view.selected._replace(run=run.id))
    stop = waiting[1] if waiting is not None else None
    return stop if stop is not None and stop.at in ('error', 'line') else None


def _output_entry(picture: Value | None, output: object) -> Entry:
    """The output as a typed tree, or as JSON where there is no picture."""
    if picture is None:
        return json_entry('output', output, opened=True)
    return value_entry('output', picture, None, 'output', Deeper(lambda _: _NO_MORE), compare=False, opened=True)


def _too_long_spans(output: ArrivingOutput) -> list[Span]:
    what = f'More than {_LONGEST_READ:,} characters have arrived: too much to be read as fields before the run ends.'
    where = 'Stream shows them as they are.'
    return [Span('partial', 'strong'), Span(f'  {literal(output.tool, 200)}\n'), Span(f'{what}\n{where}', 'dim')]


def _unfinished_spans(view: PaneView) -> list[Span]:
    """Why there is no result, and what brings it."""
    run = view.run
    if run is None:
        return [Span(no_run_text(view, 'its output, usage and cost'), 'dim')]
    if view.past:
        return [Span('not finished\n', 'strong'), Span('At this moment of the recording the run goes on.', 'dim')]
    if view.state.exit_code is not None or not view.live:
        why = (
            f'The script ended {exit_phrase(view.state.exit_code)} before the run did.'
            if view.state.exit_code is not None
            else 'The recording ends before the run does.'
        )
        return [Span('not finished\n', 'strong'), Span(why, 'dim')]
    what = (
        'n steps on, c lets it run to its end.' if run.stops else 'The output, usage and cost appear here at its end.'
    )
    return [Span('not finished\n', 'strong'), Span(what, 'dim')]
