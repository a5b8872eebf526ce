"""Google's own client against a service of ours: what it is told must be what Google would tell it. Prints one line of JSON."""
import datetime
import gzip
import json
import os
import sys
import urllib.request

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import InvalidOperation
from google.cloud import storage
from google.oauth2 import service_account

settings = json.loads(sys.argv[1])
credentials = service_account.Credentials.from_service_account_file(settings["key"], scopes=["https://www.googleapis.com/auth/devstorage.full_control"])
options = {"api_endpoint": settings["url"]}
client = storage.Client(project="project", credentials=credentials, client_options=options)
bucket = client.bucket("bucket")
seen = {}


def refused(kind, act):
    try:
        act()
    except kind:
        return True
    return False


small = bucket.blob("folder/a b%#?ü")
small.upload_from_string(b"hello", content_type="text/plain", checksum="md5", if_generation_match=0)
seen["create"] = refused(PreconditionFailed, lambda: small.upload_from_string(b"other", if_generation_match=0))
small.reload()
seen["described"] = [small.size, small.md5_hash, small.crc32c, small.content_type, small.generation > 0]
seen["read"] = [small.download_as_bytes().decode(), small.download_as_bytes(start=1, end=3).decode()]

large = bucket.blob("large", chunk_size=256 * 1024)
content = os.urandom(1024 * 1024 + 17)
with_file = os.path.join(settings["folder"], "large")
open(with_file, "wb").write(content)
large.upload_from_filename(with_file, checksum="crc32c")
seen["resumable"] = large.download_as_bytes(checksum="crc32c") == content and large.download_as_bytes(checksum="md5") == content

first = small.generation
small.upload_from_string(b"second")
seen["versions"] = [blob.size for blob in client.list_blobs("bucket", prefix="folder/", versions=True)]
seen["old"] = bucket.blob(small.name, generation=first).download_as_bytes().decode()
seen["pages"] = len([bucket.blob(f"many/{n}").upload_from_string(b"x") for n in range(7)]) == len(list(client.list_blobs("bucket", prefix="many/")))
top = client.list_blobs("bucket", delimiter="/")
seen["folders"] = [sorted(blob.name for blob in top), sorted(top.prefixes)]

target = bucket.blob("copy")
token, done, total = target.rewrite(large)
rounds = 1
while token is not None:
    token, done, total = target.rewrite(large, token=token)
    rounds += 1
seen["rewrite"] = [rounds > 1, done == total == len(content), target.download_as_bytes() == content]

with client.batch():
    for n in range(3):
        bucket.delete_blob(f"many/{n}")
seen["batch"] = len(list(client.list_blobs("bucket", prefix="many/")))
bucket.delete_blob(small.name)
seen["deleted"] = [bucket.blob(small.name).exists(), refused(NotFound, bucket.blob(small.name).download_as_bytes), len(list(client.list_blobs("bucket", prefix="folder/", versions=True)))]
seen["missing"] = refused(NotFound, lambda: client.bucket("missing").blob("x").upload_from_string(b"x"))
seen["anonymous"] = refused(InvalidOperation, lambda: storage.Client(project="p", credentials=AnonymousCredentials(), client_options=options).bucket("bucket").blob("large").download_as_bytes())

signed = large.generate_signed_url(version="v4", expiration=datetime.timedelta(minutes=5), method="GET", api_access_endpoint=settings["url"])
seen["signed"] = urllib.request.urlopen(signed).read() == content
gzipped = bucket.blob("packed")
gzipped.content_encoding = "gzip"
gzipped.upload_from_string(gzip.compress(b"packed"))
seen["gzip"] = [gzipped.download_as_bytes(raw_download=True) == gzip.compress(b"packed") or gzip.decompress(gzipped.download_as_bytes(raw_download=True)) == b"packed", gzipped.download_as_bytes(checksum=None) == b"packed"]
print(json.dumps(seen))
