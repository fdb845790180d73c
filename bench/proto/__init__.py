"""The prototype that the gateway's design was measured with, as the least it could cost.

It looks at the access token, reads the JSON, forwards it with the provider's key, relays, finds
the usage and writes one line of a journal: no limits, routes, prices, retries or translation, and
no care for slow or hostile ends. Streams leave their thread for one that relays them all. Run by
the gunicorn of our own venv, stock, with one process, as `bench/prototype.py` does. Never serve
anybody with it.
"""
