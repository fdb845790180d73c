"""Connections to any address that speaks OpenAI's API."""
