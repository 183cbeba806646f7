"""What an option's value must be: each check returns the value as it is kept.

A check takes the option's name and its value. For a wrong value it raises a
``ConfigurationError`` that names both and says what is accepted.
"""

from __future__ import annotations

from .durations import (
    adoption,
    interval,
    limit,
    page_cache,
    policies,
    policy,
    policy_or_name,
    recent,
    valid_from,
)
from .failure import FROM_POLICY, Check, wrong
from .functions import clock, function, is_async, login_url, optional, takes
from .providers import oidc
from .texts import (
    clear_site_data,
    cookie_name,
    domain,
    endpoint,
    key,
    keys,
    number,
    one_of,
    origins,
    patterns,
    store,
    text,
    truth,
    unused_cookie,
)

__all__ = [
    "FROM_POLICY",
    "Check",
    "adoption",
    "clear_site_data",
    "clock",
    "cookie_name",
    "domain",
    "endpoint",
    "function",
    "interval",
    "is_async",
    "key",
    "keys",
    "limit",
    "login_url",
    "number",
    "oidc",
    "one_of",
    "optional",
    "origins",
    "page_cache",
    "patterns",
    "policies",
    "policy",
    "policy_or_name",
    "recent",
    "store",
    "takes",
    "text",
    "truth",
    "unused_cookie",
    "valid_from",
    "wrong",
]
