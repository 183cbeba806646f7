"""The Flask adapter: ``Session440(app)``, or ``init_app`` in an application factory.

Options are the app's configuration, ``SESSION440_*``. The person that the session names is
logged in: Flask-Login's ``_user_id``, the tutorial's ``user_id``, or the key that
``SESSION440_SUBJECT_KEY`` names.
"""

from ..decorators import passive, public, recent_by
from .extension import Session440, current_visit, visit_of_view

recent = recent_by(visit_of_view, "dispatch_request")

__all__ = ["Session440", "current_visit", "passive", "public", "recent"]
