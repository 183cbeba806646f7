"""What the app is shown in place of a session whose login is over."""

from __future__ import annotations

from typing import Any

from django.middleware.csrf import CSRF_SESSION_KEY

from .judged_first import twin_of


def hide(session: Any, key: str | None) -> None:
    """Show the app an empty session that is not saved, and does not end the real one.

    :param key: the session's key, as its cookie has it.
    """
    if getattr(session, "session_key", key) is None:  # its backend has not found it
        setattr(session, "_session_key", key)  # noqa: B010  # of a session of any backend
    vars(session).update(_session_cache={}, save=_save_nothing, asave=_asave_nothing)


def show_again(session: Any) -> None:
    """Show the app the session that was hidden; it is read again."""
    session.__dict__.pop("_session_cache", None)
    own(session)


def own(session: Any) -> None:
    """Let a session be saved that was hidden: whoever logs in has one of their own."""
    for name in ("save", "asave"):
        session.__dict__.pop(name, None)


def replace(session: Any, keep_csrf: bool) -> Any:
    """Show the app a visitor's session; return the real one.

    :param keep_csrf: keep the CSRF token, for the login form that is being sent.
    """
    real = twin_of(session)
    token = real.get(CSRF_SESSION_KEY) if keep_csrf else None
    content = {} if token is None else {CSRF_SESSION_KEY: token}
    session.__dict__.update(_session_cache=content, modified=bool(content))
    setattr(session, "_session_key", None)  # noqa: B010  # of a session of any backend
    return real


def _save_nothing(must_create: bool = False) -> None:
    pass


async def _asave_nothing(must_create: bool = False) -> None:
    pass
