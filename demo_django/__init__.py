"""A small Django project whose logins end soon enough to watch.

``python -m demo_django`` serves it, and so does ``gunicorn demo_django.wsgi:application``.
"""
