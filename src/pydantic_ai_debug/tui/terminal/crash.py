"""What is left of an exception of ours: a traceback in a private file, and a sentence.

Local variables and the exception's message may hold secrets: the first are written nowhere, the second not to the
screen, and in no file either where the screen shows secrets.
"""

from __future__ import annotations

import os
import platform
import time
import traceback

from platformdirs import user_state_path


def report_crash(error: BaseException, *, messages: bool = True) -> str:
    """Write the traceback to a file of the user's own, with what exceptions say or without, and name the file."""
    what = f'agent-debug ended by a fault of its own ({type(error).__name__})'
    try:
        directory = user_state_path('agent-debug', appauthor=False) / 'crashes'
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / f'{time.strftime("%Y%m%d-%H%M%S")}-{os.getpid()}.txt'
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', errors='backslashreplace') as file:
            file.write(_header())
            if messages:
                file.writelines(traceback.format_exception(type(error), error, error.__traceback__))
            else:
                file.writelines([*traceback.format_tb(error.__traceback__), type(error).__name__])
    except OSError as problem:
        return f'{what}; its traceback could not be written: {problem}'
    return f'{what}; its traceback is in {path}'


def _header() -> str:
    # Takes as long to import as a tenth of the first frame.
    from importlib.metadata import version

    names = ('pydantic-ai-debug', 'textual', 'rich')
    versions = ', '.join(f'{name} {version(name)}' for name in names)
    return f'{versions}, Python {platform.python_version()}, {platform.platform()}\n\n'
