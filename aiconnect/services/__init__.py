"""What the program decides and stores. Each function takes the session first."""
