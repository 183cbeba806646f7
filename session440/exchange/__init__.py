"""One request and its response, and the functions that carry out the effects of a step."""

from .exchange import Exchange, InThread

__all__ = ["Exchange", "InThread"]
