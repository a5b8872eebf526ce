"""Sends what Google's Python packages say to Google to the server that DRIVE_FAKE names, when it is said: PyDrive2 has no option for it."""
import os
import sys

import httplib2

# oauth2client 4.1.3 signs for a service account by a function that pyOpenSSL no longer has; without pyOpenSSL it does it by itself.
sys.modules["OpenSSL"] = None

_request = httplib2.Http.request


def _redirected(self, uri, *args, **kwargs):
    for host in ("https://www.googleapis.com", "https://oauth2.googleapis.com", "https://accounts.google.com"):
        if uri.startswith(host + "/"):
            uri = os.environ["DRIVE_FAKE"] + uri[len(host):]
    return _request(self, uri, *args, **kwargs)


httplib2.Http.request = _redirected
