"""All pages of models, behind one blueprint."""

from aiconnect.blueprints.models import picking
from aiconnect.blueprints.models.views import bp

__all__ = ["bp", "picking"]
