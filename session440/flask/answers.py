"""Our answers, which leave before any error handler that is not meant for them can see them.

Extensions stand there too: Flask-RESTX and Flask-RESTful make a 500 of a status that they do not
know, and a handler for every ``HTTPException`` replaces the body. Only a handler for 440, or for
the exception itself (``LoginTimeout``, ``StepUpRequired``), is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ..exceptions import Answered
from .session import current

Answer = Callable[[Answered, bool], Response]


class OwnAnswer(HTTPException):
    """A whole answer of ours, raised so that the app does not run."""

    def __init__(self, response: Response) -> None:
        super().__init__(response=response)


class FirstHandler:
    """Stands before everything that handles an app's exceptions, extensions included.

    :param others: what an extension has put in the place of the app's own method.
    :param answer: returns the response to an exception of ours, and completes the exception if it
        is told that a handler is going to read it.
    """

    def __init__(self, others: Callable[[Exception], Any] | None, answer: Answer) -> None:
        self._others = others
        self._answer = answer

    def __call__(self, e: Exception) -> Any:
        """Return the response to an exception that a view or a hook has raised."""
        if isinstance(e, OwnAnswer):
            return e.response
        app = current()  # not from the start, which would keep it alive
        if isinstance(e, Answered):
            handler = _own_handler(app, type(e))
            response = self._answer(e, handler is not None)
            return response if handler is None else app.ensure_sync(handler)(e)
        if self._others is not None:
            return self._others(e)
        return type(app).handle_user_exception(app, e)


def stand_first(app: Flask, answer: Answer) -> None:
    """Put our handler before all others of *app*, those of extensions that came later too."""
    there = app.__dict__.get("handle_user_exception")
    if not isinstance(there, FirstHandler):
        app.__dict__["handle_user_exception"] = FirstHandler(there, answer)


def _own_handler(app: Flask, kind: type[Answered]) -> Callable[[Answered], Any] | None:
    """Return the app's handler for 440, or the exception: a blueprint's first, as in Flask."""
    for name in (*request.blueprints, None):
        for handlers in app.error_handler_spec[name].values():
            for each in kind.__mro__:
                if each in handlers and issubclass(each, Answered):
                    return handlers[each]
    return None
