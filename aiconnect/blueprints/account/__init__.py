"""Setting up, signing in and out, and one's own account."""
