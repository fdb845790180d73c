"""Settings of the server: how much it takes, how long it waits."""
