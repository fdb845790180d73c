"""Other gateways beside ours: pinned, in an environment of their own, never part of a test."""
