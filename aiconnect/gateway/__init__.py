"""What programs call: the WSGI application of /v1 and the server it runs in."""
