"""All pages of collections, behind one blueprint."""

from aiconnect.blueprints.collections import carrying, entries
from aiconnect.blueprints.collections.views import bp

__all__ = ["bp", "carrying", "entries"]
