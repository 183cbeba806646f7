"""The app behind nginx: every request with an ended login is answered at the door."""

from session440.wsgi import Session440Middleware

SECRET = "a long random text for the tests of session440"


def application(environ, start_response):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    environ["wsgi.input"].read(length)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"read it all"]


application = Session440Middleware(application, secret_key=SECRET)
