"""Alibaba's Python client against one bucket: every step must succeed, by V1 or V4 signatures, with or without an STS token.

Settings come as JSON in the first argument; what was found goes to stdout as JSON. oss2 compares the CRC-64 of whatever it sends and receives.
"""
import json
import os
import sys
import tempfile

import oss2

settings = json.loads(sys.argv[1])
if settings["token"]:
    auth = oss2.StsAuth(settings["id"], settings["secret"], settings["token"], settings["version"])
else:
    auth = oss2.make_auth(settings["id"], settings["secret"], settings["version"])
bucket = oss2.Bucket(auth, settings["url"], settings["bucket"], region=settings["region"], enable_crc=True)
found = {}

body = b"hello" * 1000
put = bucket.put_object("py/a b+ü&<>.txt", body, headers={"Content-MD5": oss2.utils.content_md5(body), "x-oss-meta-who": "oss2"})
found["etag"] = put.etag
got = bucket.get_object("py/a b+ü&<>.txt")
assert got.read() == body
assert got.headers["x-oss-meta-who"] == "oss2"
assert bucket.get_object("py/a b+ü&<>.txt", byte_range=(5, 9)).read() == b"hello"
assert bucket.head_object("py/a b+ü&<>.txt").content_length == len(body)
found["written by towline"] = bucket.get_object("towline/object").read().decode()
assert bucket.object_exists("py/absent") is False
try:
    bucket.get_object("py/absent")
    raise AssertionError("an absent object was read")
except oss2.exceptions.NoSuchKey as error:
    assert error.request_id
try:
    bucket.put_object("py/broken", b"x", headers={"Content-MD5": oss2.utils.content_md5(b"y")})
    raise AssertionError("a wrong digest was taken")
except oss2.exceptions.InvalidDigest:
    pass

with tempfile.TemporaryDirectory() as folder:
    name = os.path.join(folder, "large")
    large = os.urandom(1_000_001)
    with open(name, "wb") as file:
        file.write(large)
    oss2.resumable_upload(bucket, "py/large", name, store=oss2.ResumableStore(root=folder), multipart_threshold=100 * 1024, part_size=300 * 1024, num_threads=2)
assert bucket.get_object("py/large").read() == large
found["large etag"] = bucket.head_object("py/large").etag

upload = bucket.init_multipart_upload("py/parts").upload_id
part = bucket.upload_part("py/parts", upload, 1, body)
listed = bucket.list_parts("py/parts", upload).parts
assert [(one.part_number, one.etag, one.size) for one in listed] == [(1, part.etag, len(body))]
bucket.abort_multipart_upload("py/parts", upload)
try:
    bucket.list_parts("py/parts", upload)
    raise AssertionError("an aborted upload is still there")
except oss2.exceptions.NoSuchUpload:
    pass

bucket.copy_object(settings["bucket"], "py/large", "py/copy")
assert bucket.get_object("py/copy").read() == large
found["v1"] = [one.key for one in oss2.ObjectIterator(bucket, prefix="py/", max_keys=2)]
found["v2"] = [one.key for one in oss2.ObjectIteratorV2(bucket, prefix="py/", max_keys=2)]
found["folders"] = [one.key for one in oss2.ObjectIteratorV2(bucket, prefix="", delimiter="/")]
try:
    bucket.put_object("py/copy", b"", headers={"x-oss-forbid-overwrite": "true"})
    found["forbid"] = False
except oss2.exceptions.ServerError as error:
    found["forbid"] = error.code
found["deleted"] = sorted(bucket.batch_delete_objects(["py/large", "py/copy", "py/absent"]).deleted_keys)
found["versioning"] = bucket.get_bucket_versioning().status
found["signed"] = bucket.sign_url("GET", "py/a b+ü&<>.txt", 60, slash_safe=True)
print(json.dumps(found))
