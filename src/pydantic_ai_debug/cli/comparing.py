"""`--compare`: two recordings, run by run, side by side on the screen or as text."""

from __future__ import annotations

from pathlib import Path

from pydantic_ai_debug.recording import EventLog, RecordingError
from pydantic_ai_debug.session.compared_recordings import compared_recordings

from .errors import UsageError, complain_of_damage
from .printing import print_pieces


def compare_recordings(left: Path, right: Path, *, headless: bool) -> int:
    """Show two recordings beside each other; the exit code.

    Raises:
        UsageError: where one cannot be read, or there is nothing to compare.
    """
    try:
        logs = [EventLog.open(left), EventLog.open(right)]
        comparisons = compared_recordings(*logs)
    except RecordingError as error:
        raise UsageError(str(error)) from error
    for path, log in zip((left, right), logs, strict=True):
        complain_of_damage(path, log)
    if headless:
        from pydantic_ai_debug.tui.present.comparison_text import plain_lines

        lines = (f'{line}\n' for comparison in comparisons for line in plain_lines(comparison))
        return print_pieces(lines, 'the comparison')
    from pydantic_ai_debug.tui.comparing_app import ComparingApp
    from pydantic_ai_debug.tui.terminal import run_guarded

    return run_guarded(ComparingApp(comparisons))
