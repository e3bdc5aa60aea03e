"""How a response came: its parts with the time and length of each delta, and a picture of when they came."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic_ai_debug.export.transcript import Transcript
from pydantic_ai_debug.model.numbers import duration
from pydantic_ai_debug.model.parts import Part, PartGrew, PartsFold, PartStarted
from pydantic_ai_debug.model.state import NodeState
from pydantic_ai_debug.protocol import events as ev

from .tags import NOTHING, Markup, joined, tag, text

_COLUMNS = 160
_HEIGHT = 34
_LEAST = 3
"""Height of a column in which something came, however little."""


@dataclass
class StreamedPart:
    """A part, and what each delta brought."""

    part: Part
    deltas: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """Session time and number of characters."""


def streamed_parts(transcript: Transcript, node: NodeState) -> list[StreamedPart]:
    """The parts that a node streamed."""
    fold = PartsFold()
    found: dict[int, StreamedPart] = {}
    for place in node.stream:
        event = transcript.event(place)
        if not isinstance(event, ev.Stream):
            continue
        for change in fold.feed(event.data):
            match change:
                case PartStarted(part):
                    if id(part) not in found:
                        found[id(part)] = StreamedPart(part)
                        length = len(part.text) if not part.finished else 0
                        found[id(part)].deltas.append((_first(transcript, event, place), length))
                case PartGrew(part, added) if id(part) in found:
                    pieces = zip(event.times, event.lengths, strict=False)
                    found[id(part)].deltas += list(pieces) or [(transcript.time(place), len(added))]
                case _:
                    pass
    return list(found.values())


def _first(transcript: Transcript, event: ev.Stream, place: int) -> float:
    return event.times[0] if event.times else transcript.time(place)


def recorded_pace(part: StreamedPart, started: float) -> str:
    """For the page's player: milliseconds since the request and characters, of each delta of a part."""
    left = len(part.part.text)
    pieces: list[str] = []
    for time, length in part.deltas:
        length = min(length, left)
        left -= length
        pieces.append(f'{max(round((time - started) * 1000), 0)},{length}')
    if left and pieces:  # what was masked in pieces is longer than its pieces
        pieces.append(f'{pieces[-1].partition(",")[0]},{left}')
    return ';'.join(pieces)


def timeline(parts: list[StreamedPart], node: NodeState) -> Markup:
    """When the deltas came, from the request to its end: a column's height is how much came."""
    times = [time for part in parts for time, _ in part.deltas]
    if not times or node.started is None:
        return NOTHING
    begin = node.started
    end = max(max(times), begin + (node.duration or 0), begin + 0.001)
    scale = _COLUMNS / (end - begin)
    columns: dict[tuple[int, str], int] = {}
    for part in parts:
        for time, length in part.deltas:
            column = min(max(int((time - begin) * scale), 0), _COLUMNS - 1)
            columns[column, part.part.kind] = columns.get((column, part.part.kind), 0) + max(length, 1)
    most = max(columns.values())
    bars = [
        _bar(column, kind, max(round(length / most * _HEIGHT), _LEAST))
        for (column, kind), length in sorted(columns.items())
    ]
    waited = max(min(times) - begin, 0)
    wait = tag('rect', x='0', y=str(_HEIGHT - 1), width=f'{waited * scale:.1f}', height='1', class_='wait')
    head = tag('line', x1='0', x2='0', y1='0', y2=str(_HEIGHT), class_='playhead')
    picture = tag(
        'svg',
        wait,
        joined(bars),
        head,
        viewBox=f'0 0 {_COLUMNS} {_HEIGHT}',
        preserveAspectRatio='none',
        role='img',
        aria_label=f'when the response came, over {duration(end - begin)}',
    )
    scale_line = tag('div', tag('span', text('0')), tag('span', text(duration(end - begin))), class_='scale')
    return tag('div', picture, scale_line, class_='timeline', data_length=f'{(end - begin) * 1000:.0f}')


def _bar(column: int, kind: str, height: int) -> Markup:
    return tag(
        'rect', x=str(column), y=str(_HEIGHT - height), width='0.8', height=str(height), class_=f'bar part-{kind}'
    )
