"""All pages of routes, behind one blueprint."""

from aiconnect.blueprints.routes import stepping
from aiconnect.blueprints.routes.views import bp

__all__ = ["bp", "stepping"]
