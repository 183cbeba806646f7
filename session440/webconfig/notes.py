"""What ASP.NET did differently, as far as the file shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..moments import MINUTE, spoken
from .sections import WebConfig
from .translation import (
    Login,
    duration,
    is_secure,
    login_of,
    recommended_absolute,
    samesite,
    session_limit,
)


class Note(NamedTuple):
    """One difference.

    :param about: a stable word for machines; docs/webconfig.md lists them.
    """

    about: str
    text: str


def notes_on(config: WebConfig) -> list[Note]:
    """Return what people will notice, and what must be decided."""
    login = login_of(config)
    return [
        *_on_mode(config),
        *_on_sliding(config),
        *_on_no_sliding(config),
        *_on_disagreement(config),
        *_on_absolute(login),
        *_on_answer(config),
        Note("units", 'ASP.NET counted timeouts in minutes. Here a bare number is seconds: "20m".'),
        *_on_memory(config),
        *_on_key(config),
        *_on_cookies(config),
        *_on_cookieless(config),
        *_on_protection(config),
    ]


def _on_mode(config: WebConfig) -> Iterator[Note]:
    mode = config.authentication.mode
    if mode.value == "Forms":
        return
    ignored = " <forms> is in the file and was ignored." if "forms" in config.present else ""
    whose = {
        "Windows": "the browser or the domain logged people in, and no timeout of the site "
        "ended that",
        "None": "something else logged people in, often OWIN's cookies: their ExpireTimeSpan "
        "is in the code (Startup.Auth.cs), and would be the idle_timeout",
        "Passport": "Passport, which does not exist any more, logged people in",
    }[mode.value]
    default = "" if mode.given else " (the default)"
    yield Note(
        "no-ticket",
        f'<authentication mode="{mode.value}">{default}: there was no forms ticket; {whose}.'
        f"{ignored} The timeouts here are only those of the session.",
    )


def _on_sliding(config: WebConfig) -> Iterator[Note]:
    if not (config.has_ticket and config.forms.sliding_expiration.value):
        return
    length = config.forms.timeout.value
    yield Note(
        "half-window",
        f"ASP.NET renewed a ticket only in the second half of its {_count(length)}: people were "
        f"logged out after anything from {_half(length)} to {_count(length)} without a request, "
        "depending on when their ticket had last been renewed. Here the idle timeout always "
        "counts from the last request.",
    )


def _on_no_sliding(config: WebConfig) -> Iterator[Note]:
    if not config.has_ticket or config.forms.sliding_expiration.value:
        return
    length = config.forms.timeout.value
    yield Note(
        "not-sliding",
        f'slidingExpiration="false": a ticket ended {_count(length)} after the login, whatever '
        "the activity. That is an absolute_timeout, and <forms> gives no idle_timeout.",
    )


def _on_disagreement(config: WebConfig) -> Iterator[Note]:
    session, ticket = session_limit(config), config.forms.timeout.value
    if not config.has_ticket or session is None:
        return
    slides = config.forms.sliding_expiration.value
    if session < ticket:
        yield Note("session-first", _session_first(config, session, ticket))
    # After any request, at least half of the time of a sliding ticket is left.
    if not slides or 2 * session > ticket:
        yield Note(
            "ticket-first",
            "A ticket could end before the session: people were logged out, but their data stayed "
            f"for up to {_count(session)}, for them or for the next person who logged in with "
            "the same browser. Here a login's data ends with it.",
        )


def _session_first(config: WebConfig, session: int, ticket: int) -> str:
    default = "" if config.session_state.timeout.given else " (the default)"
    if config.forms.sliding_expiration.value:
        cure = f"idle_timeout {duration(ticket)}"
    else:
        cure = f"only absolute_timeout {duration(ticket)}, and idle_timeout None"
    return (
        f"The session's {_count(session)}{default} and the ticket's {_count(ticket)} disagreed: "
        f"people who did nothing for {_count(session)} could still be logged in, with an empty "
        "session. Here there is one login, and the shorter timeout is its idle timeout. An "
        f"app that kept nothing in the session takes {cure}."
    )


def _on_absolute(login: Login) -> Iterator[Note]:
    own = duration(recommended_absolute())
    if login.is_made_up:
        yield Note(
            "no-end",
            f"With this file no login ever ended. session440 needs at least one limit: {own} after "
            "the login is its default, and you may add an idle_timeout.",
        )
    elif login.absolute is None:
        yield Note(
            "no-absolute",
            "ASP.NET had no absolute limit: people who kept clicking, or whose page kept polling, "
            f"were logged in for ever. session440's default of {own} is recommended: leave "
            "absolute_timeout out.",
        )


def _on_answer(config: WebConfig) -> Iterator[Note]:
    if config.has_ticket:
        yield Note(
            "redirect",
            "A request with a ticket that had ended was redirected (302) to the login page, even a "
            "call by a script. Here the answer is 440, and says why.",
        )


def _on_memory(config: WebConfig) -> Iterator[Note]:
    mode = config.session_state.mode.value
    if mode == "InProc":
        yield Note(
            "in-process",
            'mode="InProc": sessions were lost with every recycle of the pool, and on every other '
            "node of a farm. A signed ticket outlives restarts, on any node with the same secret "
            "key. If logins must be ended from elsewhere, give a store.",
        )
    elif mode in ("StateServer", "SQLServer", "Custom"):
        yield Note(
            "shared-memory",
            f'mode="{mode}": sessions were shared. A signed ticket needs no shared memory; to '
            "revoke, list or limit logins give a store instead, with the URL in the snippet. "
            f"The connection string was not taken over.{_patience(config)}",
        )


def _patience(config: WebConfig) -> str:
    session = config.session_state
    waited = {
        "StateServer": session.state_network_timeout.value,
        "SQLServer": session.sql_command_timeout.value,
    }.get(session.mode.value, 0)
    if waited == 0:
        return ""
    length = "for ever" if waited is None else spoken(waited)
    return (
        f" ASP.NET waited {length} for a server that did not answer; here it is 0.2 seconds, "
        "and then only the ticket decides."
    )


def _on_key(config: WebConfig) -> Iterator[Note]:
    if config.machine_key.is_generated and not config.has_ticket:
        return
    if config.machine_key.is_generated:
        default = "" if "machineKey" in config.present else " (the default)"
        yield Note(
            "generated-key",
            f"<machineKey> is AutoGenerate{default}: each machine had a key of its own, and on a "
            "farm a login was lost on every other node. Here this is secret_key: it must be the "
            "same on all nodes, and after a restart.",
        )
    else:
        yield Note(
            "own-key",
            "<machineKey> has keys of its own. Here they are secret_key, the same on all nodes. "
            "Make a new one, and keep it out of the configuration file.",
        )


def _on_cookies(config: WebConfig) -> Iterator[Note]:
    if not is_secure(config):
        yield Note(
            "not-secure",
            "requireSSL is false: the login's cookies went over plain http too. On https set "
            "SESSION_COOKIE_SECURE = True (WSGI does so by itself).",
        )
    elif (
        config.has_ticket
        and config.forms.require_ssl.value != config.http_cookies.require_ssl.value
    ):
        yield Note(
            "half-secure",
            "<forms> and <httpCookies> disagree about requireSSL: the cookie of the ticket or of "
            "the session went over plain http too. Here both are only for https.",
        )
    yield from _on_browsers(config)


def _on_browsers(config: WebConfig) -> Iterator[Note]:
    if samesite(config) == "None" and not is_secure(config):
        yield Note(
            "samesite-none",
            "SameSite=None without Secure: browsers throw such a cookie away, and nobody stays "
            'logged in. Set SESSION_COOKIE_SECURE = True, or SESSION_COOKIE_SAMESITE = "Lax".',
        )
    if (
        config.http_cookies.http_only_cookies.given
        and not config.http_cookies.http_only_cookies.value
    ):
        yield Note(
            "httponly",
            'httpOnlyCookies="false" never applied to the cookies of the ticket and the session: '
            "they were HttpOnly, and still are.",
        )


def _on_cookieless(config: WebConfig) -> Iterator[Note]:
    forms, session = config.forms.cookieless, config.session_state.cookieless
    in_urls = config.has_ticket and forms.value in ("UseUri", "AutoDetect")
    if in_urls or session.value not in ("UseCookies", "false"):
        yield Note(
            "cookieless",
            "cookieless: ASP.NET could put the ticket or the session's id into the URL, which "
            "logs, bookmarks and the Referer header pass on. This is not supported here: people "
            "need cookies.",
        )


def _on_protection(config: WebConfig) -> Iterator[Note]:
    if not config.has_ticket:
        return
    protection = config.forms.protection.value
    if protection in ("None", "Encryption"):
        yield Note(
            "protection",
            f'protection="{protection}": the ticket was not signed, and could be forged. Here it '
            "is always signed.",
        )
    if config.forms.enable_cross_app_redirects.value:
        yield Note(
            "cross-app",
            "enableCrossAppRedirects: ASP.NET could hand a login to another app in a URL. Here "
            "apps of one domain can share the cookie's domain and the secret key; nothing is put "
            "into a URL.",
        )


def _count(minutes: int) -> str:
    return spoken(MINUTE * minutes)


def _half(minutes: int) -> str:
    return spoken(MINUTE * minutes / 2)
