"""Mature content: what is known of models, what the team writes of them, and the mode."""
