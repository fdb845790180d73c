"""Tests of a connection against real servers: every finding that loopback can show."""
