"""The Django adapter: ``"session440.django.Session440Middleware"`` in ``MIDDLEWARE``.

No app, URL or migration is needed. Options are ``SESSION440 = {"IDLE_TIMEOUT": 1200, ...}``.
"""

from ..decorators import passive, public, recent_by
from . import receivers as receivers  # connects: a test client logs in before any request
from .annotations import Session440Request
from .conf import get_engine
from .middleware import Session440Middleware
from .visits import visit_of_view

recent = recent_by(visit_of_view, "dispatch")

__all__ = ["Session440Middleware", "Session440Request", "get_engine", "passive", "public", "recent"]
