"""The pages: session440 shows in ``current_login`` and in ``visit_of``, nowhere else.

The page that says where a person is signed in is session440's own: ``/session440/logins``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from demo_tour import FIELDS, PASSWORDS, TEMPLATES
from demo_tour.tour import end_of
from session440 import Visit
from session440.asgi import session440_client, visit_of
from session440.fastapi import current_login, responses

Login = Annotated[Visit, Depends(current_login)]


def shown_everywhere(request: Request) -> dict[str, Any]:
    """Give every page what the shared templates show."""
    return {
        "root": request.scope["root_path"],
        "path": request.url.path,
        "person": request.session.get("user_id"),
        **request.app.state.tour.facts(),
    }


OWN = Path(__file__).parent / "templates"
templates = Jinja2Templates([OWN, TEMPLATES], context_processors=[shown_everywhere])
templates.env.globals["session440_client"] = session440_client


def same_site(request: Request) -> None:
    """Refuse what another site's page sends (https://web.dev/articles/fetch-metadata)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "This form was sent by another site.")


def login_required(request: Request) -> str:
    """Return who is logged in, or send a visitor to the login page, and back from there."""
    name: str | None = request.session.get("user_id")
    if name is None:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        login = request.url_for("login").path
        raise HTTPException(302, headers={"Location": f"{login}?next={quote(target)}"})
    return name


Name = Annotated[str, Depends(login_required)]

pages = APIRouter(dependencies=[Depends(same_site)], include_in_schema=False)


def shown(request: Request, template: str, **facts: Any) -> Response:
    """Return a page."""
    return templates.TemplateResponse(request, template, facts)


@pages.get("/login")
def login(request: Request) -> Response:
    """Show the login page."""
    return shown(request, "login.html")


@pages.post("/login")
def log_in(
    request: Request,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: str = "",
) -> Response:
    """Log in, and go on to ``next``."""
    if username not in PASSWORDS or password != PASSWORDS[username]:
        return shown(request, "login.html", wrong=True)
    # Nothing that anybody put into the visitor's session becomes part of the login.
    request.session.clear()
    request.session["user_id"] = username
    return RedirectResponse(safe_next(next), 302)


def safe_next(target: str) -> str:
    """Return *target* if it is a path of this site.

    Browsers take ``//host`` and ``/\\host`` for another site, and leave out a tab or a line
    break before they look (WHATWG URL Standard, section 4.4).
    """
    is_path = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if is_path and target.isprintable() else "/"


@pages.post("/logout")
def log_out(request: Request) -> Response:
    """Log out."""
    request.session.clear()
    return RedirectResponse("/login", 302)


@pages.get("/")
def dashboard(request: Request, name: Name) -> Response:
    """Show who is logged in, and until when."""
    return shown(request, "dashboard.html", **end_of(visit_of(request)))


@pages.get("/form")
def form(request: Request, name: Name) -> Response:
    """Show a form that takes a while to fill in."""
    return shown(request, "form.html", claim=request.app.state.claims.get(name, {}))


@pages.post("/form")
async def save(request: Request, name: Name) -> Response:
    """Keep what was filled in.

    The memory of one process will do for a demo. It is not the session, which is cleared whole
    when the login ends.
    """
    sent = await request.form()
    claim = {field: sent.get(field, "") for field in FIELDS}
    request.app.state.claims[name] = claim
    return shown(request, "form.html", claim=claim, saved=True)


@pages.get("/public")
def public_page(request: Request) -> Response:
    """Show a page to anyone."""
    return shown(request, "public.html")


@pages.get("/api/me", responses=responses, include_in_schema=True)
def me(login: Login) -> dict[str, str | None]:
    """Say who is logged in."""
    return {"user": login.subject}


@pages.get("/api/notifications", responses=responses, include_in_schema=True)
def notifications(login: Login) -> dict[str, list[str]]:
    """Return the dashboard's news; a script asks for it, so it counts as no activity."""
    return {"notifications": [f"Your login ends at {login.expires_at:%H:%M:%S} UTC."]}
