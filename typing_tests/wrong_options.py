"""What type checkers must refuse: no line of this file is ever run.

Each wrong line names, after "error:", a word of what mypy and pyright both say of it. What they
say elsewhere in this file is a fault.
"""

import session440
from session440 import Engine, LoginTimeout, Policy, Settings
from session440.options import DjangoOptions
from session440.wsgi import Session440Middleware, visit_of
from typing_tests.site import app, environ, store_class

KEY = "a long random text"

# A misspelt option, a missing one
Session440Middleware(app, secret_key=KEY, idle_timout="20m")  # error: idle_timout
Session440Middleware(app, secret_key=KEY, watch_cooky="sid")  # error: watch_cooky
Session440Middleware(app, idle_timeout="20m")  # error: secret_key
Settings(secret_key=KEY, absolut_timeout="8h")  # error: absolut_timeout

# A wrong type
Session440Middleware(app, secret_key=None)  # error: secret_key
Session440Middleware(app, secret_key=KEY, idle_timeout=["20m"])  # error: idle_timeout
Session440Middleware(app, secret_key=KEY, idle_timeout=b"20m")  # error: idle_timeout
Session440Middleware(app, secret_key=KEY, watch_cookie=5)  # error: watch_cookie
Session440Middleware(app, secret_key=KEY, cookie_secure="yes")  # error: cookie_secure
Session440Middleware(app, secret_key=KEY, public="/docs/*")  # error: public
Session440Middleware(app, secret_key=KEY, passive=[5])  # error: int
Settings(secret_key_fallbacks="a former key")  # error: secret_key_fallbacks
Settings(evidence=None)  # error: evidence
Settings(max_logins="3")  # error: max_logins
Settings(max_logins=2.5)  # error: max_logins
Settings(store_debts=None)  # error: store_debts
Settings(drain_limit="1M")  # error: drain_limit
Settings(policy=20)  # error: policy
Settings(policies={"kiosk": 5})  # error: int
Settings(endpoint=False)  # error: endpoint
Settings(login_url=5)  # error: login_url
Settings(clock=12)  # error: clock
Settings(store=store_class)  # error: store
Settings(adopt=5)  # error: adopt
Policy(idle_timeout=["20m"])  # error: idle_timeout

# A wrong literal
Session440Middleware(app, secret_key=KEY, enforcement="stict")  # error: enforcement
Settings(status=403)  # error: status
Settings(store_failure="ignore")  # error: store_failure


# A function of another kind
async def later(request: object) -> str:
    return "/login"


def without_subject(request: object) -> str:
    return "kiosk"


def number(event: object) -> int:
    return 0


Settings(login_url=later)  # error: login_url
Settings(choose_policy=without_subject)  # error: choose_policy
Settings(clock=number)  # error: clock

# In Django
misspelt: DjangoOptions = {"IDLE_TIMOUT": "20m"}  # error: IDLE_TIMOUT
in_small: DjangoOptions = {"idle_timeout": "20m"}  # error: idle_timeout
of_wrong_type: DjangoOptions = {"IDLE_TIMEOUT": ["20m"]}  # error: list[str]
of_wrong_literal: DjangoOptions = {"ENFORCEMENT": "stict"}  # error: Literal

# What is kept is checked, and stays as it is
settings = Settings(secret_key=KEY)
settings.evidence = 5  # error: evidence
_ = settings.max_logins + 1  # error: None
settings.idle_timeout.strip()  # error: strip

# The rest of the public face
Engine(settings)  # error: cookie_name
LoginTimeout(5)  # error: Cause
visit_of(environ).subjekt  # error: subjekt
visit_of(environ).login()  # error: subject
session440.Polices  # error: Polices
