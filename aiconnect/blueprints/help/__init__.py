"""Help: getting keys, reaching model servers, connecting programs, what is stored."""
