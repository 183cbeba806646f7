"""The options by name and type: for type checkers, editors and readers.

:class:`Options` is the one place that describes them. All adapters read the same names: the WSGI
and ASGI wrappers as keywords, Flask with the prefix ``SESSION440_``, Django in capitals.
:class:`~session440.Settings` holds their values after they are checked.
"""

from .capitals import DjangoOptions
from .described import ASGIOptions, Options, WSGIOptions
from .types import Clock, CredentialOf, Key, LoginURL, PolicyChoice, ValidFrom

__all__ = [
    "ASGIOptions",
    "Clock",
    "CredentialOf",
    "DjangoOptions",
    "Key",
    "LoginURL",
    "Options",
    "PolicyChoice",
    "ValidFrom",
    "WSGIOptions",
]
