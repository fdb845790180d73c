"""Official clients against every dialect."""
