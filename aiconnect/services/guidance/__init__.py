"""What is known of mature scenes and who refuses them: shipped, and beside it the team's own."""
