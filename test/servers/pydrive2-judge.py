"""PyDrive2, by which DVC speaks to Google Drive, against the server that DRIVE_FAKE names: every step must succeed. What was found goes to stdout as JSON.

Settings come as JSON in the first argument: the root, the login, and whether it is a service account's.
"""
import io
import json
import os
import sys

import drive_redirect  # noqa: F401
from pydrive2.files import ApiRequestError
from pydrive2.fs import GDriveFileSystem

settings = json.loads(sys.argv[1])
root = settings["root"]
fs = GDriveFileSystem(f"{root}/base", **settings["login"])
found = {}


def write(path, content):
    fs.upload_fobj(io.BytesIO(content), path)


for name in ("plain", "it's 100% #1 ü", "empty"):
    write(f"{root}/base/made/{name}", b"" if name == "empty" else name.encode() * 1000)
found["listed"] = sorted(fs.find(f"{root}/base"))
found["folder"] = sorted(fs.ls(f"{root}/base"))
found["info"] = fs.info(f"{root}/base/made/plain")
with fs.open(f"{root}/base/made/it's 100% #1 ü", "rb") as stream:
    assert stream.read() == "it's 100% #1 ü".encode() * 1000
fs.get_file(f"{root}/base/made/plain", settings["target"])
with open(settings["target"], "rb") as stream:
    assert stream.read() == b"plain" * 1000
assert not fs.exists(f"{root}/base/made/PLAIN"), "names compare with case"

# Names are not unique: another write makes another file, and the smallest id counts.
write(f"{root}/base/made/plain", b"twin")
ids = fs._path_to_item_ids("base/made/plain")
assert len(ids) == 2 and fs._get_item_id(f"{root}/base/made/plain") == min(ids)
found["twins"] = len(ids)

large = os.urandom(700_000)
write(f"{root}/base/large", large)
with fs.open(f"{root}/base/large", "rb") as stream:
    assert stream.read() == large
fs.mv(f"{root}/base/large", f"{root}/base/moved")
assert fs.info(f"{root}/base/moved")["size"] == len(large)
fs.rm_file(f"{root}/base/moved")
assert not fs.exists(f"{root}/base/moved")

gone = fs.client.CreateFile({"id": "1nosuchfile"})
try:
    gone.FetchMetadata("title")
    raise AssertionError("an absent file was found")
except ApiRequestError as error:
    found["absent"] = [error.error["code"], error.GetField("reason")]
if settings.get("towline"):
    with fs.open(f"{root}/base/{settings['towline']}", "rb") as stream:
        found["written by towline"] = stream.read().decode()
print(json.dumps(found))
