"""Fetches a document of an identity provider."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from .deadline import Deadline, PlainHandler, TLSHandler
from .jwk import KeysUnavailable
from .urls import is_loopback, origin

TIMEOUT = 2.0  # seconds, for each step and for the whole
#: In bytes; a set of keys with its certificates has some ten thousand.
LONGEST = 512 * 1024


def fetch(url: str) -> Mapping[str, Any]:
    """Return the JSON object at *url*.

    :raises KeysUnavailable: if there is none, or it takes too long.
    """
    try:
        document = json.loads(_read(url))
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise KeysUnavailable(f"{url}: {type(error).__name__}: {error}") from error
    if not isinstance(document, dict):
        raise KeysUnavailable(f"{url}: it is not a JSON object")
    return document


def _read(url: str) -> bytes:
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310  # it is checked
    deadline, content = Deadline(TIMEOUT), b""
    with deadline, _opener(url, deadline).open(request, timeout=TIMEOUT) as response:
        while part := response.read1(65536):
            content += part
            if len(content) > LONGEST:
                raise ValueError(f"it is longer than {LONGEST} bytes")
    return content


def _opener(url: str, deadline: Deadline) -> OpenerDirector:
    # What is on this machine is asked without the proxy of the environment.
    here = [ProxyHandler({})] if is_loopback(urlsplit(url).hostname or "") else []
    return build_opener(_SameOrigin, PlainHandler(deadline), TLSHandler(deadline), *here)


class _SameOrigin(HTTPRedirectHandler):
    """Follows a redirect only within the host that was asked: nobody else has its keys."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if origin(newurl) != origin(req.full_url):
            raise HTTPError(req.full_url, code, "it redirects to another host", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
