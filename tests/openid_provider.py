"""A small real OpenID provider on loopback: Authlib's server, and logout tokens by joserfc."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import flask
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode, UserInfo
from clock import MachineClock
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from logout_tokens import EVENT, rsa
from serving import serve

SCOPES = "openid profile email offline_access"


@dataclass
class Session:
    """Somebody logged in at the provider, in one browser."""

    username: str
    auth_time: int
    sid: str = field(default_factory=lambda: secrets.token_hex(8))
    clients: set[str] = field(default_factory=set)

    @property
    def sub(self) -> str:
        """The provider's name for the person: not the one that they type."""
        return f"{self.username} at the provider"


@dataclass
class Site(ClientMixin):
    """A site that lets people log in here."""

    client_id: str
    redirect_uri: str
    backchannel_logout_uri: str | None = None
    secret: str = "the site's secret, which is long"

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return self.redirect_uri

    def get_allowed_scope(self, scope):
        return " ".join(each for each in (scope or "").split() if each in SCOPES)

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(client_secret, self.secret)

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in ("authorization_code", "refresh_token")


@dataclass
class Code(AuthorizationCodeMixin):
    """A code that a site turns into tokens, once."""

    session: Session
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.session.auth_time

    def get_acr(self):
        return None

    def get_amr(self):
        return None


@dataclass
class Token(TokenMixin):
    """An access token, with what refreshes it."""

    session: Session
    site: Site
    scope: str
    refresh_token: str | None

    def check_client(self, client):
        return client is self.site

    def get_scope(self):
        return self.scope

    def is_expired(self):
        return False

    def is_revoked(self):
        return False


class OpenIDProvider:
    """The provider: what it knows, and what it does to its sites.

    :param url: its issuer.
    :param sites: by their client ids.
    """

    #: How many seconds an access token lasts; one that was refreshed lasts longer.
    expires_in = {"authorization_code": 3600, "refresh_token": 7200}

    def __init__(self) -> None:
        self.url = ""
        self.sites: dict[str, Site] = {}
        self.sessions: dict[str, Session] = {}  # by their cookies
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, Token] = {}  # by access token
        self.key_names = ["key 1"]
        self.hints: list[str] = []  # whose logouts sites have sent people for
        self.forms_shown = 0  # how often somebody was asked who they are
        self.clock = MachineClock()  # Authlib's own is the machine's

    def register(self, client_id: str, site: str, callback: str, **more) -> Site:
        """Register a site at *site*, which is told of logouts where session440 listens."""
        hears = f"{site}/session440/backchannel-logout"
        more = {"backchannel_logout_uri": hears} | more
        self.sites[client_id] = Site(client_id, site + callback, **more)
        return self.sites[client_id]

    # --- keys

    @property
    def keys(self) -> list[RSAKey]:
        """Its keys, the one that signs first."""
        return [rsa(name) for name in self.key_names]

    def rotate(self) -> None:
        """Sign with a new key from now on, and publish the former no more."""
        self.key_names = [f"key {int(self.key_names[0].split()[1]) + 1}"]

    # --- logouts

    def end(self, session: Session, with_sub: bool = True, with_sid: bool = True) -> list[int]:
        """End a session; return what each of its sites answered to the news."""
        self.sessions = {name: each for name, each in self.sessions.items() if each != session}
        whose = {"sub": session.sub} if with_sub else {}
        whose |= {"sid": session.sid} if with_sid else {}
        told = [self.sites[each] for each in sorted(session.clients)]
        return [self.tell(each, **whose) for each in told if each.backchannel_logout_uri]

    def tell(self, site: Site, key: RSAKey | None = None, **changes) -> int:
        """Send *site* a logout token; return the status of its answer."""
        token = self.logout_token(site, key or self.keys[0], **changes)
        return post(site.backchannel_logout_uri, logout_token=token)

    def logout_token(self, site: Site, key: RSAKey, **changes) -> str:
        now = int(self.clock())
        claims = {
            "iss": self.url,
            "aud": site.client_id,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(16),
            "events": {EVENT: {}},
            **changes,
        }
        header = {"alg": "RS256", "typ": "logout+jwt", "kid": self.keys[0].kid}
        return jwt.encode(header, claims, key)

    def session_of(self, username: str) -> Session:
        """Return the newest session of a person."""
        return [each for each in self.sessions.values() if each.username == username][-1]


def post(url: str, **fields) -> int:
    """Send a form; return the status of the answer, of which the provider reads no more."""
    request = Request(url, urlencode(fields).encode())
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.status
    except HTTPError as error:
        error.close()
        return error.code


@contextmanager
def open_provider() -> Iterator[OpenIDProvider]:
    """Serve a provider of its own on a free port of this machine."""
    provider = OpenIDProvider()
    # Authlib refuses http, but for this.
    with (
        patch.dict("os.environ", AUTHLIB_INSECURE_TRANSPORT="1"),
        serve(_app(provider)) as provider.url,
    ):
        yield provider


# --- its pages


def _app(provider: OpenIDProvider) -> flask.Flask:
    app = flask.Flask("provider")
    server = _server(app, provider)
    pages = {
        "/.well-known/openid-configuration": lambda: _configuration(provider.url),
        "/keys": lambda: {"keys": [each.as_dict(private=False) for each in provider.keys]},
        "/authorize": lambda: _authorize(provider, server),
        "/token": server.create_token_response,
        "/logout": lambda: _log_out(provider),
    }
    for path, page in pages.items():
        app.add_url_rule(path, path.replace(".", ""), page, methods=["GET", "POST"])
    _add_userinfo(app, provider)
    return app


def _configuration(url: str) -> dict:
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "userinfo_endpoint": f"{url}/userinfo",
        "jwks_uri": f"{url}/keys",
        "end_session_endpoint": f"{url}/logout",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": SCOPES.split(),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


FORM = """<!doctype html><title>Who are you?</title>
<form method="post"><input name="username"><input name="password" type="password">
<button>Log in</button></form>"""


def _authorize(provider: OpenIDProvider, server: AuthorizationServer):
    """Answer without asking if somebody is logged in here, unless the site wants a new proof."""
    session = provider.sessions.get(flask.request.cookies.get("op"))
    is_proof = flask.request.method == "POST"
    if is_proof:
        session = Session(flask.request.form["username"], int(provider.clock()))
    try:
        grant = server.get_consent_grant(end_user=session)
    except OAuth2Error as error:
        return server.handle_error_response(server.create_oauth2_request(None), error)
    asks = grant.prompt == "login" or not session or _is_too_old(session, provider.clock())
    if asks and not is_proof:
        provider.forms_shown += 1
        return FORM
    response = server.create_authorization_response(grant=grant, grant_user=session)
    if is_proof:
        name = secrets.token_urlsafe()
        provider.sessions[name] = session
        response.set_cookie("op", name)
    return response


def _is_too_old(session: Session, now: float) -> bool:
    longest = flask.request.args.get("max_age", type=int)
    return longest is not None and now - session.auth_time > longest


def _log_out(provider: OpenIDProvider):
    session = provider.sessions.get(flask.request.cookies.get("op"))
    hint = flask.request.args.get("id_token_hint")
    if hint:
        # It may have expired (RP-Initiated Logout 1.0, 4), so only the signature is looked at.
        provider.hints.append(jwt.decode(hint, KeySet(provider.keys)).claims["sid"])
    if session:
        provider.end(session)
    response = flask.redirect(flask.request.args.get("post_logout_redirect_uri", "/"))
    response.delete_cookie("op")
    return response


def _info(session: Session) -> UserInfo:
    return UserInfo(
        sub=session.sub,
        sid=session.sid,
        auth_time=session.auth_time,
        preferred_username=session.username,
        name=session.username.title(),
        email=f"{session.username}@example.org",
        email_verified=True,
    )


def _add_userinfo(app: flask.Flask, provider: OpenIDProvider) -> None:
    class Bearer(BearerTokenValidator):
        def authenticate_token(self, token_string):
            return provider.tokens.get(token_string)

    protector = ResourceProtector()
    protector.register_token_validator(Bearer())

    @app.get("/userinfo")
    def userinfo():
        with protector.acquire("openid") as token:
            return {key: each for key, each in _info(token.session).items() if key != "sid"}


# --- Authlib's server


def _server(app: flask.Flask, provider: OpenIDProvider) -> AuthorizationServer:
    def save_token(token, request):
        refresh = token.get("refresh_token") or request.form.get("refresh_token")
        access = token["access_token"]
        scope = token["scope"]
        provider.tokens[access] = Token(request.user, request.client, scope, refresh)

    app.config.update(
        OAUTH2_REFRESH_TOKEN_GENERATOR=True, OAUTH2_TOKEN_EXPIRES_IN=provider.expires_in
    )
    server = AuthorizationServer(app, provider.sites.get, save_token)
    id_token = _id_tokens(provider)
    server.register_grant(_codes(provider), [id_token])
    server.register_grant(_refreshes(provider), [id_token])
    return server


def _id_tokens(provider: OpenIDProvider) -> OpenIDCode:
    class IDTokens(OpenIDCode):
        def exists_nonce(self, nonce, request):
            return False

        def resolve_client_private_key(self, client):
            return provider.keys[0]

        def get_encode_header(self, client):
            return {"alg": "RS256", "kid": provider.keys[0].kid}

        def get_client_claims(self, client):
            return {"iss": provider.url}

        def generate_user_info(self, user, scope):
            return _info(user)

    return IDTokens(require_nonce=False)


def _codes(provider: OpenIDProvider) -> type:
    class Codes(grants.AuthorizationCodeGrant):
        def save_authorization_code(self, code, request):
            payload = request.payload
            request.user.clients.add(request.client.client_id)
            provider.codes[code] = Code(
                request.user,
                request.client.client_id,
                payload.redirect_uri,
                request.scope,
                payload.data.get("nonce"),
            )

        def query_authorization_code(self, code, client):
            found = provider.codes.get(code)
            return found if found and found.client_id == client.client_id else None

        def delete_authorization_code(self, authorization_code):
            provider.codes = {
                name: each for name, each in provider.codes.items() if each != authorization_code
            }

        def authenticate_user(self, authorization_code):
            return authorization_code.session

    return Codes


def _refreshes(provider: OpenIDProvider) -> type:
    class Refreshes(grants.RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

        def authenticate_refresh_token(self, refresh_token):
            known = provider.tokens.values()
            return next((each for each in known if each.refresh_token == refresh_token), None)

        def authenticate_user(self, refresh_token):
            return refresh_token.session

        def revoke_old_credential(self, refresh_token):
            pass

    return Refreshes
