"""Real local servers that stand for providers, one for each provider row.

A test sets a mood by a verb (`fake.limit(retry_after=3)`), calls, and reads what arrived
(`fake.requests`). `python -m tests.fakes openai 9200` starts one by hand.
"""

from tests.fakes.dialects import FAKES
from tests.fakes.rows import Fakes, OpenPolicy, pointed, rows_for
from tests.fakes.server import Fake, Request

__all__ = ["FAKES", "Fake", "Fakes", "OpenPolicy", "Request", "pointed", "rows_for"]
