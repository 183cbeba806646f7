"""Logins on all servers, if there is a store."""
