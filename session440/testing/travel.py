"""Travels in time: moves the clock of a site's engine, and of nothing else."""

from __future__ import annotations

from contextlib import ExitStack
from math import inf
from types import TracebackType
from typing import Any

from ..cause import Cause
from ..core.ticket import Ticket
from ..engine import Engine
from ..options import Clock
from ..policy import Duration, seconds
from .cookies import Jar, jar_of, may_ask
from .engines import engine_in, is_django


class StandingClock:
    """A clock that stands still until a test moves it; ``now`` is in UTC epoch seconds."""

    def __init__(self) -> None:
        self.now = -inf

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def move_to(self, at: float) -> None:
        """Move it to a moment, but never back."""
        self.now = max(self.now, at)


class Travel:
    """Lets a test travel in time: ``with Travel(app) as travel: travel("21m")``.

    It puts a clock of its own into the app's engine, which stands still from then on, and takes
    it out at the end. Nothing else in the process has another time: not the framework's
    session, not the cookies of the client.

    :param app: a Flask app, a Starlette or FastAPI app, an app in a ``Session440Middleware``, or
        an engine; ``None``: the Django project, also with ``override_settings`` in between.
    """

    def __init__(self, app: object = None) -> None:
        #: The clock, in place of the engine's.
        self.clock = StandingClock()
        self._app = None if app is None or is_django(app) else app
        self._held: list[tuple[Engine, Clock]] = []
        self._stack = ExitStack()
        self._is_on = False

    def __enter__(self) -> Travel:
        """Stop the clock.

        :raises ConfigurationError: for a bad option of the app.
        """
        self._hold()  # before anything that nobody would end: it may raise
        if self._app is None:
            from .project import watch_settings

            self._stack.callback(watch_settings(self._hold))
        self._is_on = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Give each engine back the clock that it had."""
        self._is_on = False
        self._stack.close()
        while self._held:
            engine, clock = self._held.pop()
            engine.clock = clock

    def __call__(self, by: Duration) -> None:
        """Travel: let so much time pass.

        :param by: seconds, a ``timedelta``, or text such as ``"21m"``.
        :raises ConfigurationError: for another value.
        :raises LookupError: if the app has no engine, or not yet.
        :raises RuntimeError: outside the ``with`` block; so do ``engine`` and ``end_login()``.
        """
        length = seconds("travel", by)
        self._hold_now()
        self.clock.move_to(self.clock.now + length)

    @property
    def engine(self) -> Engine:
        """The site's engine.

        :raises LookupError: if the app has none, or not yet.
        """
        return self._hold_now()

    def end_login(self, client: Any, cause: Cause | str) -> None:
        """End the login of a client: its next request is answered 440, for that cause.

        ``idle`` and ``absolute``, and ``credential`` if the login's credential has an end, end it
        by travelling there; the person is taken to have used the site meanwhile, except for
        ``idle``. ``revoked`` asks the store, if there is one. In all other cases the client's
        ticket says so from now on, as the ticket does that a site sends when a login has ended.

        :param client: a test client of Flask, Werkzeug, Django or Starlette, or a client of httpx
            or requests.
        :param cause: one of ``session440.Cause``, such as ``"idle"``.
        :raises LookupError: if nobody is logged in with this client.
        :raises ValueError: if there is no such cause, or the login's policy has no such timeout.
        """
        end, engine = Cause(cause), self._hold_now()
        jar = jar_of(client, engine.cookie_name)
        ticket = _ticket(engine, client, jar)
        is_timed = end is Cause.CREDENTIAL and ticket.not_after is not None
        if end in (Cause.IDLE, Cause.ABSOLUTE) or is_timed:
            self._time_out(engine, jar, ticket, end)
        elif end is Cause.REVOKED and engine.shared is not None:
            engine.revoke(ticket.id)
        else:
            ended = ticket._replace(ended=end, not_after=self.clock.now)
            jar.write(engine.signer.dumps(ended))

    def _time_out(self, engine: Engine, jar: Jar, ticket: Ticket, cause: Cause) -> None:
        """Travel to the end of a login; for other causes than idleness the person was active."""
        if cause is not Cause.IDLE:
            last = engine.expiry(ticket._replace(seen_at=inf)).deadline
            ticket = ticket._replace(seen_at=last)
        expiry = engine.expiry(ticket)
        if expiry.cause is not cause or expiry.deadline == inf:
            raise ValueError(
                f"a login with the policy {ticket.policy!r} does not end as {str(cause)!r} here: "
                f"as {str(expiry.cause)!r} before that, if at all"
            )
        jar.write(engine.signer.dumps(ticket))
        self.clock.move_to(expiry.deadline)

    def _hold(self) -> Engine | None:
        """Put the clock into the engine, if there is one and it is not there already."""
        engine = self._find()
        if engine is not None and engine.clock is not self.clock:
            # A test that was slow so far must not have gone back in time.
            self.clock.move_to(engine.clock())
            self._held.append((engine, engine.clock))
            engine.clock = self.clock
        return engine

    def _hold_now(self) -> Engine:
        if not self._is_on:
            raise RuntimeError(
                "this Travel has not begun, or is over: write 'with Travel(app) as travel:', which "
                "gives the engine its own clock back at the end"
            )
        engine = self._hold()
        if engine is None:
            raise LookupError(
                f"no Session440 is to be seen in {self._app!r}; Starlette builds its middleware "
                "at the first request: make one before"
            )
        return engine

    def _find(self) -> Engine | None:
        if self._app is not None:
            return engine_in(self._app)
        from ..django.conf import get_engine

        return get_engine()


def _ticket(engine: Engine, client: Any, jar: Jar) -> Ticket:
    """Return the ticket of a client, which a login by ``force_login()`` has still to get."""
    endpoint = engine.settings.endpoint
    if endpoint is not None and may_ask(client) and not jar.read():
        client.post(f"{endpoint}/extend", headers={"Sec-Fetch-Site": "same-origin"})
    ticket = engine.signer.loads(jar.read() or "")
    if ticket is None or ticket.ended:
        raise LookupError(
            "nobody is logged in with this client: it has no ticket of a login; after "
            "force_login() make one request"
        )
    return ticket
