"""Reads the records that a store holds."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from ..cause import Cause
from ..core.record import Record

#: A cause that only a later version knows is read as ``None``: the login is over all the same.
_CAUSES = {each.value: each for each in Cause}

logger = logging.getLogger("session440.stores")


def read_record(values: Mapping[str, Any], where: str) -> Record | None:
    """Return the record that a store holds; if it is malformed, log that and return ``None``.

    :param values: numbers may be text, and ``""`` means ``None``. Unknown names are ignored:
        a newer version may have written them.
    :param where: the name of the place for the log line.
    """
    try:
        return _record(values)
    except (KeyError, TypeError, ValueError) as error:
        kind = type(error).__name__
        logger.warning("%s holds no record: %s; it is treated as missing", where, kind)
        return None


def _record(values: Mapping[str, Any]) -> Record:
    cause, ended_at = values["cause"], _optional_time(values["ended_at"])
    if cause and ended_at is None:
        raise ValueError("ended, but not when")
    return Record(
        _text(values["id"]),
        _text(values["subject"]),
        _time(values["issued_at"]),
        _time(values["seen_at"]),
        _text(values["policy"]),
        _optional_time(values["not_after"]),
        _text(values["node"]),
        _time(values["keep_until"]),
        _CAUSES.get(cause),
        ended_at,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _time(value: Any) -> float:
    moment = float(value)
    if not math.isfinite(moment):
        raise ValueError("not a time")
    return moment


def _optional_time(value: Any) -> float | None:
    return None if value is None or value == "" else _time(value)
