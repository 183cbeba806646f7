"""One request and its answer, and the functions that carry out what a step wants done."""

from .exchange import Exchange, InThread

__all__ = ["Exchange", "InThread"]
