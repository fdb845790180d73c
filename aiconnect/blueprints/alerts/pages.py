"""All pages of alerts, behind one blueprint."""

from aiconnect.blueprints.alerts import channels, rules
from aiconnect.blueprints.alerts.views import bp

__all__ = ["bp", "channels", "rules"]
