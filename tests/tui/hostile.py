"""Text that does harm where it is not drawn literally."""

from __future__ import annotations

import re

PAYLOADS = {
    'markup': '[bold]not bold[/bold]',
    'closing markup': '[/foo]',
    'broken markup': '[/',
    'link markup': '[link=http://e.x]click[/link]',
    'action markup': '[@click=app.quit]x[/]',
    'style markup': '[$error]x[/] [on red]y',
    'escape': 'a\x1b[2Jb',
    'window title': '\x1b]0;owned\x07',
    'clipboard': '\x1b]52;c;b3duZWQ=\x07',
    'alternate screen': '\x1b[?1049l',
    'colours': '\x1b[31mred\x1b[0m',
    'lone escape': 'a\x1b',
    'null': 'a\x00b',
    'bell and backspace': 'a\x07b\x08c',
    'delete': 'a\x7fb',
    'eight-bit controls': 'a\x9b2Jb\x85c\x90d\x9c',
    'carriage returns': 'one\rtwo\r\nthree\r',
    'tabs': '\ta\tbc\td',
    'form feed and vertical tab': 'a\x0cb\x0bc',
    'separators': 'a\u2028b\u2029c\x1cd\x1ee',
    'lone surrogates': 'a\ud800b\udfffc\udce4',
    'right-to-left override': 'abc\u202edef\u2066ghi\u2069',
    'right-to-left marks': 'a\u200eb\u200fc\u061cd',
    'zero width': 'a\u200bb\ufeffc\u2060d',
    'wide': '漢字かな交じり文한국어',
    'emoji': '😀👩‍👩‍👧🇩🇪👍🏽✈️❤️' * 20,
    'combining': 'e' + '\u0301' * 500 + 'x',
    'private and unassigned': '\ue000\U000f0000\u0378\uffff',
    'byte order and tags': '\ufffe\U000e0041\U000e007f',
    'blank': '   \n\n   \n',
    'empty': '',
    'long line': 'x' * 100_000,
    'long words': ('lorem ' * 20_000).strip(),
    'many lines': 'line\n' * 20_000,
    'wide flood': '漢' * 20_000,
    'escape flood': '\x1b[31m' * 5_000,
}

RAW_CONTROL = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')

UNSURE_WIDTH = re.compile('[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\ufdd0-\ufdef\ufffe\uffff]')
"""Characters that terminals do not agree on how wide they make an emoji, or are."""
