"""Tests of aiconnect.wire."""
