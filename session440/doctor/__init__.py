"""Finds out why people are logged out: the faults of a set-up, what they cause, and the cure.

An adapter describes a :class:`~session440.doctor.site.Site`;
:func:`~session440.doctor.examination.examine` returns its findings.
"""
