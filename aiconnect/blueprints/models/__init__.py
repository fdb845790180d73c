"""Models: everything that connections serve."""
