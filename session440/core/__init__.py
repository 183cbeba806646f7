"""The rules of a login, pure: no clock, no thread, no input or output."""
