"""A script's output as text: escape sequences taken out, carriage returns obeyed, across any cut between chunks."""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"""
    \x1b \[ [0-?]* [ -/]* [@-~]            # CSI: colours, cursor movement
  | \x1b [\]PX^_] .*? (?: \x07 | \x1b\\ )  # OSC and other strings: titles, links, the clipboard
  | \x1b [ -/]* [0-Z\\^-~]                 # the short ones
    """,
    re.VERBOSE | re.DOTALL,
)
_BEGUN = re.compile(r'\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?\Z')
"""An escape sequence whose end is not there yet."""
_MAX_BEGUN = 4096
"""Characters after which a sequence is taken for one that never ends."""


class EscapeStripper:
    """Takes escape sequences out of one stream, whose chunks may cut them anywhere."""

    def __init__(self) -> None:
        self._held = ''

    def feed(self, text: str) -> str:
        """A chunk without its escape sequences; what may be the beginning of one is held back."""
        text = self._held + text
        self._held = ''
        if '\x1b' not in text:
            return text
        text = _ESCAPES.sub('', text)
        begun = _BEGUN.search(text, text.rfind('\x1b')) if '\x1b' in text else None
        if begun is not None and len(text) - begun.start() <= _MAX_BEGUN:
            self._held = text[begun.start() :]
            text = text[: begun.start()]
        return text


def overwritten(line: str) -> str:
    """What is seen of a line after its carriage returns: a progress bar's last state."""
    if '\r' not in line:
        return line
    shown = ''
    for piece in line.split('\r'):
        shown = piece + shown[len(piece) :]
    return shown
