"""Connecting a provider by signing in there."""
