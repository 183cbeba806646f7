"""Finds out why people are logged out: faults of a set-up, their consequence, their cure.

An adapter describes a :class:`~session440.doctor.site.Site`;
:func:`~session440.doctor.examination.examine` gives its findings.
"""
