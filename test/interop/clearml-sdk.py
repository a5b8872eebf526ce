"""ClearML's own SDK, loaded once: one JSON request per line in, one JSON answer per line out."""
import json
import logging
import os
import sys

# The SDK prints to stdout; answers go where nothing else writes.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

from clearml import StorageManager  # noqa: E402
from clearml.storage.helper import StorageHelper  # noqa: E402

logging.disable(logging.WARNING)


def delete(url):
    return StorageHelper.get(url).delete(url)


def upload_from_stream(text, url):
    import io

    return StorageHelper.get(url).upload_from_stream(io.BytesIO(text.encode()), url)


def upload_with_hash(path, url):
    """What StorageManager cannot: an object that knows the SHA-256 of its bytes."""
    return StorageHelper.get(url).upload(path, url, extra={"upload_hash": None}, async_enable=False)


def many(calls):
    """Several calls in one request."""
    return [answer(call) for call in calls]


OWN = {"delete": delete, "upload_from_stream": upload_from_stream, "upload_with_hash": upload_with_hash, "many": many}


def answer(request):
    if "cache" in request:
        os.environ["CLEARML_CACHE_DIR"] = request["cache"]
    name = request["call"]
    act = OWN[name] if name in OWN else getattr(StorageManager, name)
    try:
        return {"ok": act(*request["args"], **request.get("named", {}))}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
