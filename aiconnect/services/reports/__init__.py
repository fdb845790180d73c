"""The ledger summed up and read out."""

from aiconnect.services.pricing import usd
from aiconnect.services.reports.columns import COLUMNS
from aiconnect.services.reports.exporting import FORMS, Form, export_lines
from aiconnect.services.reports.moments import moment
from aiconnect.services.reports.summing import BYS, By, Row, month, summary, today

__all__ = [
    "BYS",
    "COLUMNS",
    "FORMS",
    "By",
    "Form",
    "Row",
    "export_lines",
    "moment",
    "month",
    "summary",
    "today",
    "usd",
]
