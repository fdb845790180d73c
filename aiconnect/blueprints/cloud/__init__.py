"""Connections to providers in the cloud."""
