"""What runs on a clock, for those who run the server."""
