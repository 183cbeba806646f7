"""Flask-Login, where it is installed: one way among others to say who is logged in."""

try:
    import flask_login  # type: ignore[import-untyped]  # it ships no types
except ImportError:
    flask_login = None

__all__ = ["flask_login"]
