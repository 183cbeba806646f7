"""What the WSGI and the ASGI adapter share: the logins of apps of no framework."""
