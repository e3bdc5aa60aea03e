"""The child: runs the user's program and reports what its agents do.

A guest in somebody else's process. It may use the standard library, pydantic-ai and the protocol, and nothing of the
parent. `launch.py` is its entry and is started as a file; nobody imports this package from outside.
"""
