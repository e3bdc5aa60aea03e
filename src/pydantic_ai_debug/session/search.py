"""Searches everything that a session has told, in a log of any length.

Lines are looked through as they were written, and only those are decoded that hold all words of what is looked for: a word
stands there as it is, however what is around it is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from time import monotonic

from pydantic_ai_debug.model.search import Match, Searcher
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.frozen import Frozen
from pydantic_ai_debug.recording import EventLog

MOST_MATCHES = 200

_WORD = re.compile(r'\w+')
_WITHOUT_TEXT = re.compile(rb'"event":"(?:stream|node_finished|resumed)"')
"""Lines of deltas, which cut words in two and are searched as whole parts, and the many that hold no text."""
_HEAD = 60


class Found(Frozen):
    """What a search has come to."""

    matches: tuple[Match, ...] = ()
    cut: bool = False
    """Whether there is more than is given."""
    searched: float = 1.0
    """How much of the log was looked through."""


def search_session(
    log: EventLog,
    state: SessionState,
    query: str,
    cancelled: Callable[[], bool] = lambda: False,
    found_so_far: Callable[[Found], None] = lambda found: None,
    *,
    pace: float = 0.3,
) -> Found:
    """Find a text, in any case, in what a state knows of a log; the places in their order, those still arriving last.

    May take a while, and may be called in any thread; nothing is found once it was cancelled.

    Args:
        log: The log.
        state: What is known of it.
        query: The text.
        cancelled: Whether nobody waits for it any more.
        found_so_far: Told now and then what was found, while there is more to look through.
        pace: Seconds between that, at least.
    """
    matches: list[Match] = []
    told = monotonic()
    for place, found in _matches(log, state, query):
        if cancelled():
            return Found()
        matches += islice(found, MOST_MATCHES + 1 - len(matches))
        if len(matches) > MOST_MATCHES:
            return Found(tuple(matches[:MOST_MATCHES]), cut=True)
        if monotonic() - told >= pace:
            found_so_far(Found(tuple(matches), searched=place / max(state.count, 1)))
            told = monotonic()
    return Found(tuple(matches))


def _matches(log: EventLog, state: SessionState, query: str) -> Iterator[tuple[int, Iterator[Match]]]:
    """The matches of each line that may have some, with its place."""
    searcher = Searcher(state, query)
    for place in _candidates(log, state.count, query.lower()):
        yield place, searcher.matches(log.record(place))
    yield state.count, searcher.arriving(lambda place: log.record(place).event)


def _candidates(log: EventLog, count: int, query: str) -> Iterator[int]:
    """Places of lines that may hold a text that is in lower case."""
    words = sorted(_WORD.findall(query), key=len, reverse=True) or ['']
    encoded = [word.encode() for word in words]
    first = 0
    for block in log.blocks(0, count):
        # Bytes know no case beyond ASCII; what is encoded again has the same lines.
        lowered = block.lower() if query.isascii() else block.decode('utf-8', 'replace').lower().encode()
        for number, begin, end in _lines_with(lowered, encoded[0]):
            has_text = _WITHOUT_TEXT.search(lowered, begin, begin + _HEAD) is None
            if has_text and all(lowered.find(word, begin, end) != -1 for word in encoded[1:]):
                yield first + number
        first += block.count(b'\n')


def _lines_with(block: bytes, word: bytes) -> Iterator[tuple[int, int, int]]:
    """Numbers of the lines that contain a word, and where they begin and end."""
    number = at = 0
    while (found := block.find(word, at)) != -1 and found < len(block):
        number += block.count(b'\n', at, found)
        # Blocks end with a line's end.
        end = block.index(b'\n', found)
        yield number, block.rfind(b'\n', 0, found) + 1, end
        number, at = number + 1, end + 1
