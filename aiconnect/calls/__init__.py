"""The life of a call as values: no Flask, no database."""
