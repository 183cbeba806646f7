"""What a site of any size asks of its store.

:mod:`.model` says it in closed form, :mod:`.simulation` lets seeded people use the real
middleware by a clock of their own, and real servers say what a call costs them.
"""
