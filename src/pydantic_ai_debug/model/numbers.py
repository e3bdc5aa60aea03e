"""Numbers as the screen writes them: short, with their unit, a dash where unknown.

One place, so that a duration reads the same in the header, the graph and the panes. Knows no widget and no state.
"""

from __future__ import annotations

UNKNOWN = '–'
"""Stands for a number that nobody knows; never zero."""


def duration(seconds: float | None) -> str:
    """Seconds as `1 ms`, `1.4 s`, `2 m 10 s` or `1 h 5 m`."""
    if seconds is None:
        return UNKNOWN
    if seconds < 0.0995:
        return f'{max(round(seconds * 1000), 0)} ms'
    if seconds < 59.95:
        return f'{seconds:.1f} s'
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f'{minutes} m {rest} s'
    hours, minutes = divmod(minutes, 60)
    return f'{hours} h {minutes} m'


def count(number: float | None) -> str:
    """A count of tokens, items or lines as `87`, `1.2k`, `34k` or `5.6M`."""
    if number is None:
        return UNKNOWN
    if number < 999.5:
        return f'{number:.0f}'
    for unit in 'kMG':
        number /= 1000
        if number < 9.95:
            return f'{number:.1f}{unit}'
        if number < 999.5 or unit == 'G':
            return f'{number:.0f}{unit}'
    raise AssertionError('unreachable')


def dollars(amount: float | None) -> str:
    """A price in US dollars: cents and more as `$0.12`, less as `$0.0021`."""
    if amount is None:
        return UNKNOWN
    if amount == 0:
        return '$0'
    if amount >= 0.095:
        return f'${amount:,.2f}'
    return f'${amount:.4f}' if amount >= 0.00005 else '<$0.0001'


def size(number: int | None) -> str:
    """Bytes as `512 B`, `1.2 KB`, `34 KB` or `5.6 MB`."""
    if number is None:
        return UNKNOWN
    if number < 1000:
        return f'{number} B'
    scaled = float(number)
    for unit in ('KB', 'MB', 'GB'):
        scaled /= 1000
        if scaled < 9.95:
            return f'{scaled:.1f} {unit}'
        if scaled < 999.5 or unit == 'GB':
            return f'{scaled:.0f} {unit}'
    raise AssertionError('unreachable')


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 message`, `3 messages`, `1.2k messages`."""
    return f'{count(number)} {one if number == 1 else many or one + "s"}'
