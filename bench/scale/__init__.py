"""What a site of any size asks of its store.

:mod:`.model` says it in closed form, :mod:`.simulation` lets seeded people use the real
middleware by a clock of their own, and :mod:`.servers` measures what a call costs a real server.
"""
