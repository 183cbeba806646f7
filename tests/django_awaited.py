"""What async views await: a coroutine of Django's, or in older versions its function in a thread.

Django 4.2 has coroutines neither for users (https://docs.djangoproject.com/en/5.0/releases/5.0/)
nor for sessions (https://docs.djangoproject.com/en/5.1/releases/5.1/).
"""

from __future__ import annotations

import django
from asgiref.sync import async_to_sync, sync_to_async


async def awaited(owner, name: str, *given, **named):
    """Call ``owner.a<name>``, or ``owner.<name>`` where that is all there is."""
    coroutine = getattr(owner, f"a{name}", None) or sync_to_async(getattr(owner, name))
    return await coroutine(*given, **named)


async def auser(request):
    """Return the request's user, who is found already."""
    if hasattr(request, "auser"):
        return await request.auser()
    return await sync_to_async(_found)(request)


def decorated(decorator, view):
    """Put one of Django's decorators on an async view; in Django 4.2 they know functions alone."""
    if django.VERSION >= (5, 0):
        return decorator(view)
    return sync_to_async(decorator(async_to_sync(view)))


def _found(request):
    request.user.is_authenticated  # noqa: B018  # finds the user
    return request.user
