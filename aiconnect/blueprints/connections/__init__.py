"""Connections: the list, one of them, its checks and changes."""
