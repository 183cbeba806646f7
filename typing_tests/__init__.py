"""What type checkers must say of the public names: read by them alone, never run.

A line that they must refuse ends with ``# error:`` and a word of their messages; of every other
line they must say nothing. ``tests/test_typing.py`` has mypy and pyright read these files.
"""
