"""How one request goes to one connection and how the answer comes back.

Where the provider speaks the caller's own wire, bytes pass through (passing.py); otherwise they
are translated both ways (translating.py).
"""

from aiconnect.calls.ways.base import Way, Whole
from aiconnect.calls.ways.choosing import way
from aiconnect.calls.ways.counting import COUNT, counts

__all__ = ["COUNT", "Way", "Whole", "counts", "way"]
