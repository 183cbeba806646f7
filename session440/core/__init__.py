"""The rules of a login, as pure functions: no clock, no thread, no input or output."""
