"""What a view says about itself: ``@public``, ``@passive`` or ``@recent("10m")``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Protocol, TypeVar

from .exceptions import ConfigurationError
from .policy import Duration, seconds

View = TypeVar("View")

PUBLIC = "session440_public"
PASSIVE = "session440_passive"
#: The class method that makes a view of a class, in Flask and Django.
MAKER = "as_view"
#: How recent a login a view wants, in seconds; and whether it asks for that itself.
RECENT, ASKS = "session440_recent", "session440_asks"
_used: set[str] = set()


def public(view: View) -> View:
    """Mark a view (function or class) as open to anyone, so that it never answers 440.

    Return the view.
    """
    setattr(view, PUBLIC, True)
    _used.add(PUBLIC)
    return view


def passive(view: View) -> View:
    """Mark a view whose requests do not count as activity, such as polling.

    Return the view.
    """
    setattr(view, PASSIVE, True)
    _used.add(PASSIVE)
    return view


class Demanding(Protocol):
    """A visit, as far as this needs to know it."""

    def require_recent(self, within: float) -> None:
        """Go on only if the login is that recent."""


def recent_by(
    visit_in: Callable[..., Demanding], method: str
) -> Callable[[Duration], Callable[[View], View]]:
    """Return a framework's decorator ``recent``.

    It asks when the view is called. A mark alone would be lost under a decorator that is no
    ``functools.wraps``, and the view would be open to anybody.

    :param visit_in: returns the visit of a call of a view, by the view's arguments.
    :param method: of a class-based view, the one that is called for every request.
    """

    def recent(within: Duration) -> Callable[[View], View]:
        """Let a view (function or class) run only if its person has logged in recently.

        Otherwise it is answered 401, and the person may log in again and go on: see
        :meth:`session440.Visit.require_recent`. A visitor is also answered 401.

        :param within: seconds, a ``timedelta``, or text such as ``"10m"``: how much time may have
            passed since the person proved who they are.
        """
        if callable(within):
            raise ConfigurationError('@recent needs to know how recent: write @recent("10m")')
        return _decorator(visit_in, method, seconds("recent", within))

    return recent


def _decorator(
    visit_in: Callable[..., Demanding], method: str, length: float
) -> Callable[[View], View]:
    def decorate(view: Any) -> Any:
        if isinstance(view, type):
            setattr(view, method, _demanding(getattr(view, method), visit_in, length))
            setattr(view, MAKER, _demanding_maker(view, visit_in, length))
        else:
            _mark(view, length)
            view = _demanding(view, visit_in, length)
        setattr(view, RECENT, length)
        return view

    _used.add(RECENT)
    return decorate


def _mark(view: Any, length: float) -> None:
    """Mark the view itself: Flask has it already if ``@app.route`` stands below."""
    try:
        setattr(view, RECENT, length)
    except AttributeError:
        pass  # a method, or a function in C: no route stands there


def unasked(view: object) -> float | None:
    """Return how recent a login a view wants that does not ask for it itself, in seconds."""
    return None if getattr(view, ASKS, False) else getattr(view, RECENT, None)


def _demanding_maker(kind: Any, visit_in: Callable[..., Demanding], length: float) -> Any:
    """Return a class method whose views ask, too: a subclass may have a *method* of its own."""
    as_view = getattr(kind, MAKER).__func__

    @wraps(as_view)
    def demanding(subclass: Any, *given: Any, **named: Any) -> Any:
        return _demanding(as_view(subclass, *given, **named), visit_in, length)

    return classmethod(demanding)


def _demanding(view: Any, visit_in: Callable[..., Demanding], length: float) -> Any:
    @wraps(view)
    def demanding(*given: Any, **named: Any) -> Any:
        visit_in(*given).require_recent(length)
        return view(*given, **named)

    @wraps(view)
    async def demanding_async(*given: Any, **named: Any) -> Any:
        visit_in(*given).require_recent(length)
        return await view(*given, **named)

    made = demanding_async if iscoroutinefunction(view) else demanding
    setattr(made, ASKS, True)
    return made


def is_marked(view: object, mark: str, method: str = "") -> bool:
    """Return whether a view, the class behind it, or its method for this request is marked.

    :param method: of the request, such as ``"GET"``.
    """
    if getattr(view, mark, False):
        return True
    kind = view_class(view)
    if kind is None or getattr(kind, mark, False):
        return kind is not None
    return bool(method) and getattr(_handler(view, kind, method), mark, False)


def _handler(view: object, kind: object, method: str) -> object:
    """Return what of a view's class answers requests by *method*, else ``None``."""
    name = method.lower()
    if name == "head" and not hasattr(kind, name):
        name = "get"  # as Flask, Django and Django REST framework do
    return getattr(kind, getattr(view, "actions", {}).get(name, name), None)


def use(mark: str) -> None:
    """Note that a view of this process says so, by its mark or otherwise."""
    _used.add(mark)


def is_used(mark: str) -> bool:
    """Return whether any view of this process has this mark, so that views must be looked at."""
    return mark in _used


def view_class(view: object) -> object:
    """Return the class behind a class-based view, else ``None``.

    Viewsets of Django REST framework have it as ``cls``, and ``actions`` beside it.
    """
    return getattr(view, "view_class", None) or getattr(view, "cls", None)
