"""Routes: model names of the team's own, and the models that are tried for each."""
