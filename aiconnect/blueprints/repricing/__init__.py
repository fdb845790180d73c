"""Pages on which past calls are priced anew."""
