"""Bytes: sockets, HTTP, events, addresses. Knows no provider."""
