"""Tests of aiconnect.adapters: pure, without a socket."""
