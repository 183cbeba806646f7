"""Logins on all servers, where there is a store."""
