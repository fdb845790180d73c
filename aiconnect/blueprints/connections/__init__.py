"""Connections: the list, one of them, its models, its checks and changes."""
