"""Authlib's client in FastAPI, within session440's middleware for ASGI."""

import secrets

from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

from session440 import Credential
from session440.asgi import Session440Middleware, visit_of

api = FastAPI()
# Authlib keeps its state between the two redirects in it; the login is not there.
api.add_middleware(SessionMiddleware, secret_key=secrets.token_urlsafe(48))
oauth = OAuth()
tokens = {}  # by login; yours are in your database


@api.get("/login")
async def login(request: Request):
    return await oauth.provider.authorize_redirect(request, str(request.url_for("callback")))


@api.get("/callback")
async def callback(request: Request):
    token = await oauth.provider.authorize_access_token(request)
    claims, visit = token["userinfo"], visit_of(request)
    visit.login(
        claims["preferred_username"],
        credential=Credential.from_claims(claims, token["expires_at"]),
    )
    tokens[visit.login_id] = token
    return RedirectResponse("/")


@api.post("/refresh", response_class=PlainTextResponse)
async def refresh(request: Request):
    visit = visit_of(request)
    old = tokens[visit.login_id]
    new = await oauth.provider.fetch_access_token(
        grant_type="refresh_token", refresh_token=old["refresh_token"]
    )
    tokens[visit.login_id] = {**old, **new}
    visit.credential(not_after=new["expires_at"])
    return "refreshed"


@api.get("/", response_class=PlainTextResponse)
async def index(request: Request):
    visit = visit_of(request)
    if not visit.active:
        raise HTTPException(403, "log in first")
    return f"for {visit.subject}"


def create_app(provider, client_id, client_secret, **options):
    oauth.register(
        "provider",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{provider}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile offline_access"},
    )
    return Session440Middleware(
        api,
        secret_key=secrets.token_urlsafe(48),
        oidc={provider: client_id},  # POST /session440/backchannel-logout
        **options,
    )
