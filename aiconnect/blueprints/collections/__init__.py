"""Collections: sets of models in an order, the team's and one's own."""
