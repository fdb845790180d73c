"""The page that compares our sums with what providers say."""
