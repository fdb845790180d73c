"""Threads that keep the database and the gateway in step."""
