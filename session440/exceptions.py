"""What session440 raises."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

from .cause import Cause

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

#: Microsoft's status code for a login that has ended. It is in no RFC, so it must be added to
#: every table of reason phrases; the words stand only here.
LOGIN_TIMEOUT = 440
PHRASE = "Login Timeout"

#: Where an adapter leaves the function that turns an :class:`Answered` into its answer.
ANSWER_KEY = "session440.answer"
#: The same where a framework gives an exception nothing to ask (Quart).
ANSWERING: ContextVar[Callable[[Answered], Any] | None] = ContextVar("session440", default=None)


class ConfigurationError(ValueError):
    """An option is unknown or its value cannot be used. The message says what is accepted."""


class MissingKeyError(ConfigurationError):
    """There is no secret key, so there is nothing to sign with."""


class CookieRuleError(ConfigurationError):
    """A cookie breaks the rules of its name's prefix, so browsers reject it."""


class StoreError(Exception):
    """A store's system has failed or is too slow. A login that is not found is not an error."""


_CAUSES = [each.value for each in Cause]


def _nearest(word: object) -> str | None:
    """Return the cause that a word probably means: ``idle`` for ``"idel"``."""
    if not isinstance(word, str) or " " in word.strip():
        return None
    near = get_close_matches(word.strip().lower(), _CAUSES, n=1, cutoff=0.75)
    return near[0] if near else None


def _no_cause(word: object) -> str:
    near = _nearest(word)
    hint = f"did you mean {near!r}?" if near else f"the causes are {', '.join(_CAUSES)}"
    return f"{word!r} is not a cause; {hint}"


class Answered(HTTPException):
    """What a view raises so that session440 answers in its place."""

    def complete(self, response: Response, description: str) -> None:
        """Take the answer to this exception, for an error handler that reads it."""
        self.code = response.status_code
        self.response = response
        self.description = description

    def get_response(self, environ: Any = None, scope: Any = None) -> Any:
        """Return the answer of the adapter that serves this request, if there is one."""
        environ = getattr(environ, "environ", environ)  # Werkzeug passes either
        answer = (environ or {}).get(ANSWER_KEY) or ANSWERING.get()
        if self.response is None and answer is not None:
            return answer(self)
        return super().get_response(environ, scope)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer as a WSGI application."""
        return self.get_response(environ)(environ, start_response)


class StepUpRequired(Answered):
    """A recent login is needed. It is answered 401, and the present login goes on.

    ``visit.require_recent()`` and ``@recent()`` raise it.

    :param within: how many seconds may have passed since the person proved who they are.
    :param description: replaces the sentence that tells the person what is wanted.
    """

    code = 401

    def __init__(
        self, within: float, description: str | None = None, response: Response | None = None
    ) -> None:
        super().__init__(description, response)
        self.within = within


class LoginTimeout(Answered):
    """Raise it in a view to end the login and answer 440.

    :param cause: a :class:`~session440.Cause` or its text. Any other text is taken as the
        description, because ``abort(440, text)`` passes it in this place.
    :param description: replaces the sentence that tells the person why.
    :raises ValueError: for one word that looks like a cause but is not one, such as ``"idel"``; and
        for any text that is not a cause if there is a description too.
    """

    code = LOGIN_TIMEOUT
    name = PHRASE

    def __init__(
        self,
        cause: Cause | str = Cause.CREDENTIAL,
        description: str | None = None,
        response: Response | None = None,
    ) -> None:
        if cause not in _CAUSES:
            if description is not None or _nearest(cause):
                raise ValueError(_no_cause(cause))
            # abort(440, "text") passes the description as the first argument of any exception
            # (werkzeug.exceptions.Aborter).
            cause, description = Cause.CREDENTIAL, cause
        super().__init__(description, response)
        self.cause: Cause = Cause(cause)
