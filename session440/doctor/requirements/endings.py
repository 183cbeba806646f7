"""What ends a login, and what is left of it: ASVS 7.4 and 14.3, NIST 5.1."""

from __future__ import annotations

from collections.abc import Callable

from ...stores.notes import keeps_notes
from .facts import Facts
from .requirement import Answer, check, kept, missing


def terminated(facts: Facts) -> Answer:
    """Answer for sessions that were ended."""
    if facts.has_store:
        return kept(
            "cookies that were copied before a logout, and sent again with curl, let nobody in "
            f"{facts.soon}; {facts.outage}"
        )
    if facts.has_own_session:
        return kept(
            f"a copy of {facts.token} from before a logout or a timeout, sent again with curl, "
            "lets nobody in: the session is deleted on the server"
        )
    if facts.is_in_memory:
        return check(facts.one_process("which logins have ended"))
    if facts.site.follows_another:
        return check("the app refuses a copy of its cookie from before the logout")
    return _terminated_by_date(facts)


def _terminated_by_date(facts: Facts) -> Answer:
    if facts.reads_dates:
        return check(
            f"a logout moves the date that {facts.option('valid_from')} returns for the person: "
            "cookies that were copied before it are refused then"
        )
    return missing(
        "timeouts hold for copies of the cookies, but a logout does not: "
        f"{facts.option('store')} would end them, or a date for each person in "
        f"{facts.option('valid_from')}"
    )


def disabled(facts: Facts) -> Answer:
    """Answer for accounts that are disabled or deleted."""
    if facts.site.refuses_disabled:
        return kept(
            'with "Active" taken from a user in the admin, the next page that wants a login '
            f"is {facts.ended('revoked')}: each of AUTHENTICATION_BACKENDS refuses such users"
        )
    if facts.engine.store is not None:
        return check(
            "code that disables or deletes an account calls `engine.revoke_all(subject)`, or "
            "somebody runs `session440 logins revoke --subject NAME`"
        )
    if facts.reads_dates:
        return check(
            f"{facts.option('valid_from')} returns the moment at which an account was disabled"
        )
    return missing(
        f"session440 does not know of accounts; {facts.option('store')} would let the app end "
        f"their logins, or {facts.option('valid_from')}"
    )


def others(facts: Facts) -> Answer:
    """Answer for the end of all other sessions after a changed factor."""
    page = facts.endpoint("logins")
    django = "a new password ends them in Django; " if facts.is_django else ""
    if facts.engine.store is not None:
        offer = f" or link {page}, which ends them" if page else ""
        return check(
            f"{django}pages that change a password or another factor call "
            f"`engine.revoke_all(subject, keep=visit.login_id)`{offer}"
        )
    if facts.reads_dates:
        return check(f"{django}a changed factor moves the date of {facts.option('valid_from')}")
    if facts.is_django:
        return check(
            "no other factor than the password can be changed, or its page ends them too "
            f"({facts.option('store')} would let it): {django.rstrip('; ')}"
        )
    return missing(
        f"nothing ends them; {facts.option('store')} would let the app, or "
        f"{facts.option('valid_from')}"
    )


def visible(facts: Facts) -> Answer:
    """Answer for a logout that is in sight."""
    logout = facts.endpoint("POST logout")
    own = f"; it may be {logout}, as the script's dialog does" if logout else ""
    return check(f"each page behind the login has a button to log out{own}")


def administrators(facts: Facts) -> Answer:
    """Answer for what administrators can end."""
    if facts.has_store:
        everybody = " and `--everybody`" if keeps_notes(facts.engine.store) else ""
        return kept(
            f"`session440 logins list NAME`, `session440 logins revoke --subject NAME`{everybody}"
            f"{_admin(facts)}; it holds {facts.soon}"
        )
    if facts.is_in_memory:
        return check(
            "administrators have a page that calls `engine.revoke_all(subject)`; "
            + facts.one_process("of the revocation")
        )
    if facts.reads_dates:
        return check(f"administrators can set the date of a person in {facts.option('valid_from')}")
    if facts.settings.valid_from is not None:
        return check(
            f"somebody may move {facts.option('valid_from')} to now, which ends everybody's; with "
            f"{facts.option('store')} they could end one person's"
        )
    return missing(f"{facts.option('store')} would let them, or {facts.option('valid_from')}")


def _admin(facts: Facts) -> str:
    is_in_admin = type(facts.engine.store).__name__ == "DjangoStore"
    return '; and the page "Logins" of the admin' if is_in_admin else ""


# ASVS 14.3


def cleared(facts: Facts) -> Answer:
    """Answer for what a login showed in the browser."""
    if facts.settings.endpoint is None:
        return missing(f"{facts.option('endpoint')} is None, so no page has the script")
    has_header = "storage" in facts.settings.clear_site_data
    if facts.has_tag and has_header:
        return kept(
            "after a logout the Back button shows nothing, offline too, on pages with the tag of "
            'the script; the logout\'s answer says `Clear-Site-Data: "storage"`'
        )
    tag = "" if facts.has_tag else "the pages have the tag of the script (docs/browser.md); "
    header = (
        ""
        if has_header
        else "no page keeps data in the browser's storage, or its logout clears it, as "
        f"{facts.option('clear_site_data')} would"
    )
    return check((tag + header).removesuffix("; "))


def uncached(facts: Facts) -> Answer:
    """Answer for the headers against caches."""
    if facts.settings.page_cache != "no-store":
        return missing(
            f"pages of a login may be kept by the browser; {facts.option('page_cache')} 'no-store' "
            "would prevent it"
        )
    return kept(
        "HTML for somebody who is logged in says `Cache-Control: no-store`, unless the view says "
        "something of its own; the app has to mark what is not HTML"
    )


# NIST 5.1


def erased(facts: Facts) -> Answer:
    """Answer for the secret after a logout."""
    logout = facts.endpoint("POST logout") or "the app's logout"
    return kept(f"the answer to {logout} deletes {facts.cookies}")


def erased_at_the_end(facts: Facts) -> Answer:
    """Answer for the secret in the browser, after a logout and a timeout."""
    return kept(
        f"the answer to a logout, and the {facts.settings.status} that a person opens, delete "
        f"{facts.cookies}"
    )


ANSWERS: dict[str, Callable[[Facts], Answer]] = {
    "7.4.1": terminated,
    "7.4.2": disabled,
    "7.4.3": others,
    "7.4.4": visible,
    "7.4.5": administrators,
    "14.3.1": cleared,
    "14.3.2": uncached,
    "5.1, item 3": erased,
    "5.1, paragraph 7, sentence 1": erased_at_the_end,
    "5.1, paragraph 11": visible,
}
