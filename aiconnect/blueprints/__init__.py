"""Pages for people: one blueprint for each kind of thing."""
