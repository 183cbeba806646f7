"""Authlib's client in Flask: a login ends with the tokens behind it, or when the provider says."""

import secrets

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, request, session, url_for

from session440 import Credential
from session440.flask import Session440, current_visit, recent

app = Flask(__name__)
app.secret_key = secrets.token_urlsafe(48)
oauth = OAuth()
tokens = {}  # by login; yours are in your database: a cookie is no place for them


@app.get("/login")
def login():
    # A page that wants a recent login sends people here with "again". Then the provider has to
    # ask them: that its own session goes on proves nothing.
    asks = {"prompt": "login"} if "again" in request.args else {}
    return oauth.provider.authorize_redirect(url_for("callback", _external=True), **asks)


@app.get("/callback")
def callback():
    token = oauth.provider.authorize_access_token()
    claims = token["userinfo"]
    session["user"] = claims["preferred_username"]
    # Also for somebody who is logged in already: the provider has been asked again.
    current_visit.login(
        session["user"], credential=Credential.from_claims(claims, token["expires_at"])
    )
    tokens[current_visit.login_id] = token
    return redirect("/")


@app.post("/refresh")
def refresh():
    old = tokens[current_visit.login_id]
    new = oauth.provider.fetch_access_token(
        grant_type="refresh_token", refresh_token=old["refresh_token"]
    )
    tokens[current_visit.login_id] = {**old, **new}
    # The login goes on until the new token ends; its absolute timeout stays where it is.
    current_visit.credential(not_after=new["expires_at"])
    return "refreshed"


@app.get("/")
def index():
    return f"for {current_visit.subject}"


@app.get("/account")
@recent("10m")
def account():
    return "the account"


def create_app(provider, client_id, client_secret, **options):
    oauth.init_app(app)
    oauth.register(
        "provider",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{provider}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile offline_access"},
    )
    app.config.update(
        SESSION440_SUBJECT_KEY="user",
        SESSION440_OIDC={provider: client_id},  # POST /session440/backchannel-logout
        SESSION440_STEP_UP_URL="/login?again=1",
        **options,
    )
    Session440(app)
    return app
