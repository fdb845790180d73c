"""Alerts: what is wrong now and was, what is watched, and where it is told."""
