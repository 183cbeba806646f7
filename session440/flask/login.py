"""Flask-Login, if it is installed: one of several ways to say who is logged in."""

try:
    import flask_login  # type: ignore[import-untyped]  # it ships no types
except ImportError:
    flask_login = None

__all__ = ["flask_login"]
