"""The application for any WSGI server; `aiconnect serve` is the usual way to run it."""

import os

from aiconnect.application import create_application
from aiconnect.settings import Settings

application = create_application(Settings.from_env(os.environ))
application.start()
