"""Connections to model servers on this machine or in this network."""
