"""Bodies, headers and streams that nobody should send, in a loop, for as long as there is time."""
