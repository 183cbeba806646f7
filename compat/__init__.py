"""Runs other projects' own tests with and without session440, and compares what becomes of them.

``python -m compat`` fetches each project's source from PyPI, installs it beside session440 into an
environment of its own in ``build/compat``, and runs its tests twice.
"""
