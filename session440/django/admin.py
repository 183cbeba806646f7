"""The page of logins in the admin: who is logged in, and a way to end it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from ..cause import Cause
from ..core.record import digest
from ..exceptions import StoreError
from ..moments import aware
from .conf import get_engine
from .models import Login

#: A search by a part of a name finds the logins of this many people at most.
MOST_PEOPLE = 200


class StateFilter(admin.SimpleListFilter):
    """Logins that are live, that were logged out, or that ended for one cause."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what can be chosen."""
        causes = [(each.value, each.value) for each in Cause]
        return [("live", "live"), ("logout", "logged out"), *causes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Login]) -> QuerySet[Login]:
        """Return the logins in the chosen state."""
        chosen = self.value()
        if chosen is None:
            return queryset
        cause = "" if chosen in ("live", "logout") else chosen
        return queryset.filter(cause=cause, ended_at__isnull=chosen == "live")


class NamedChangeList(ChangeList):
    """A page of logins; one query finds the names of all its people."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and the names of its people."""
        super().get_results(request)
        _name_people(self.result_list)


@admin.register(Login)
class LoginAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    """Shows logins and revokes them; nobody can add or edit one."""

    list_display = ("person", "since", "last_seen", "kept_until", "ended", "cause", "node_name")
    list_filter = (StateFilter,)
    list_display_links = None
    search_fields = ("subject",)  # shows the box; see get_search_results
    search_help_text = "A part of a person's name, or the exact primary key"
    show_full_result_count = False
    ordering = ("-id",)
    fields = readonly_fields = list_display
    actions = ("revoke",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that names its people."""
        return NamedChangeList

    def get_object(self, *args: Any, **kwargs: Any) -> Login | None:
        """Return one login, with the name of its person."""
        login = super().get_object(*args, **kwargs)
        _name_people([login] if login else [])
        return login

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Login], search_term: str
    ) -> tuple[QuerySet[Login], bool]:
        """Return logins found by the subject, or by a part of a user's name."""
        term = search_term.strip()
        if not term:
            return queryset, False
        subjects = [term, *_subjects_named_like(term)]
        return queryset.filter(subject_key__in=[digest(each) for each in subjects]), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return false: logins begin by logging in."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Login | None = None) -> bool:
        """Return false: there is nothing to edit."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Login | None = None) -> bool:
        """Return false: a deleted login is lost, not ended."""
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Return whether the user has the permission to change logins."""
        return request.user.has_perm("session440.change_login")

    @admin.action(description="Revoke selected logins", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Login]) -> None:
        """End them with the project's engine, which reports events and uses its own store."""
        engine, revoked = get_engine(), 0
        try:
            for key in list(queryset.values_list("key", flat=True)):
                revoked += engine.revoke(key)
        except StoreError as error:
            self.message_user(request, f"Not all were revoked: {error}", messages.ERROR)
        self.message_user(request, f"Logins revoked: {revoked}", messages.SUCCESS)

    def person(self, login: Login) -> str | None:
        """Return the user's name, or the subject if there is no such user."""
        return login.person

    @admin.display(ordering="issued_at")
    def since(self, login: Login) -> datetime | None:
        """Return when the login began."""
        return _moment(login.issued_at)

    @admin.display(ordering="seen_at")
    def last_seen(self, login: Login) -> datetime | None:
        """Return when the person was last active."""
        return _moment(login.seen_at)

    @admin.display(ordering="keep_until")
    def kept_until(self, login: Login) -> datetime | None:
        """Return until when it is kept; the login cannot last longer."""
        return _moment(login.keep_until)

    @admin.display(ordering="ended_at")
    def ended(self, login: Login) -> datetime | None:
        """Return when it ended."""
        return _moment(login.ended_at)

    @admin.display(description="node", ordering="node")
    def node_name(self, login: Login) -> str | None:
        """Return the name of the host on which it began, as in the log lines."""
        return login.record and login.record.node


def _subjects_named_like(part: str) -> list[str]:
    """Return the subjects of users by a part of their name; their table may be elsewhere."""
    users = get_user_model()
    named = users._default_manager.filter(**{f"{users.USERNAME_FIELD}__icontains": part})
    return [str(pk) for pk in named.values_list("pk", flat=True)[:MOST_PEOPLE]]


def _name_people(logins: Iterable[Login]) -> None:
    """Set on each login the name of its user, or its subject if there is no such user."""
    subjects = {login: login.record.subject for login in logins if login.record}
    names = _names(set(subjects.values()))
    for login, subject in subjects.items():
        login.person = names.get(subject, subject)


def _names(subjects: Iterable[str]) -> dict[str, str]:
    users = get_user_model()
    keys = [key for key in map(_user_key, subjects) if key is not None]
    found = users._default_manager.filter(pk__in=keys)
    return {str(pk): name for pk, name in found.values_list("pk", users.USERNAME_FIELD)}


def _user_key(subject: str) -> Any:
    """Return a user's primary key, read as Django reads the one in its session."""
    try:
        return get_user_model()._meta.pk.to_python(subject)
    except ValidationError:
        return None


def _moment(time: float | None) -> datetime | None:
    try:
        return None if time is None else aware(time)
    except (TypeError, ValueError, OverflowError, OSError):  # no time, or no year of Python
        return None
