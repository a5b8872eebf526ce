"""The official client, azure-storage-blob, as a judge: `azure-client.py COMMAND JSON` prints its answer as JSON."""
import json
import sys
from datetime import datetime, timedelta, timezone

from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.pipeline.transport import HttpRequest
from azure.storage.blob import ContainerClient, generate_account_sas, generate_container_sas
from azure.storage.blob._shared.authentication import SharedKeyCredentialPolicy
from azure.storage.blob._shared_access_signature import BlobSharedAccessSignature


def sign(given):
    """The Authorization of each request, and the SAS of each blob, as the official client makes them."""
    policy = SharedKeyCredentialPolicy(given["account"], given["key"])
    signed = []
    for one in given["requests"]:
        request = PipelineRequest(HttpRequest(one["method"], one["url"], headers=one["headers"]), PipelineContext(None))
        policy.on_request(request)
        signed.append(request.http_request.headers["Authorization"])
    tokens = []
    for one in given["grants"]:
        maker = BlobSharedAccessSignature(given["account"], given["key"])
        maker.x_ms_version = given["version"]
        tokens.append(maker.generate_blob(one["container"], one["key"], version_id=one.get("version"), permission=one["permission"], expiry=one["expiry"], protocol=one["protocol"]))
    return {"signed": signed, "tokens": tokens}


def sas(given):
    """Signatures for a container and for the account, and one that is over."""
    key = {"account_name": given["account"], "account_key": given["key"]}
    later = datetime.now(timezone.utc) + timedelta(hours=1)
    return {
        "container": generate_container_sas(container_name=given["container"], permission="rcwdl", expiry=later, **key),
        "reader": generate_container_sas(container_name=given["container"], permission="rl", expiry=later, **key),
        "account": generate_account_sas(resource_types="co", permission="rwdlc", expiry=later, **key),
        "over": generate_container_sas(container_name=given["container"], permission="rcwdl", expiry=later - timedelta(days=2), start=later - timedelta(days=3), **key),
    }


def open_container(given):
    more = {} if given.get("ca") is None else {"connection_verify": given["ca"]}
    return ContainerClient.from_connection_string(given["connection"], given["container"], retry_total=0, **more)


def put(given):
    """Writes a blob, in parts when asked."""
    with open_container(given) as container:
        more = {"max_block_size": 1024, "max_single_put_size": 1024} if given.get("parts") else {}
        container._config.max_block_size = more.get("max_block_size", container._config.max_block_size)
        container._config.max_single_put_size = more.get("max_single_put_size", container._config.max_single_put_size)
        container.upload_blob(given["name"], given["text"].encode(), overwrite=True)
    return {}


def leave(given):
    """Leaves a part of an upload behind, as an upload of DVC that was stopped does."""
    import base64

    block = base64.b64encode(b"x" * given["length"]).decode()
    with open_container(given) as container:
        container.get_blob_client(given["name"]).stage_block(block, b"left behind")
    return {}


def read(given):
    with open_container(given) as container:
        blob = container.get_blob_client(given["name"])
        facts = blob.get_blob_properties()
        return {"text": blob.download_blob().readall().decode(), "etag": facts.etag, "type": facts.content_settings.content_type, "metadata": facts.metadata, "md5": facts.content_settings.content_md5 and facts.content_settings.content_md5.hex()}


def versions(given):
    """Asks of a server everything about versions that the official client can ask, and says what it saw."""
    seen = {}
    with open_container(given) as container:
        container.create_container()
        first = container.upload_blob("a/b", b"one", metadata={"k": "v"}).get_blob_properties().version_id
        blob = container.get_blob_client("a/b")
        second = blob.upload_blob(b"two", overwrite=True)["version_id"]
        seen["read"] = [blob.download_blob(version_id=first).readall().decode(), blob.download_blob().readall().decode(), blob.download_blob(offset=1, length=1).readall().decode()]
        seen["metadata"] = blob.get_blob_properties(version_id=first).metadata
        seen["listed"] = [[one.name, one.version_id == second, bool(one.is_current_version)] for one in container.list_blobs(include=["versions"])]
        seen["conditions"] = []
        for attempt in (lambda: blob.upload_blob(b"x", overwrite=False), lambda: blob.upload_blob(b"x", overwrite=True, etag="0xNO", match_condition=_unmodified()), lambda: blob.delete_blob(version_id=second)):
            try:
                attempt()
                seen["conditions"].append("done")
            except Exception as error:
                seen["conditions"].append(code_of(error))
        blob.stage_block("AAAA", b"three")
        seen["uncommitted"] = [one.size for one in blob.get_block_list("uncommitted")[1]]
        blob.commit_block_list(["AAAA"])
        copy = container.get_blob_client("copy")
        copy.upload_blob_from_url(blob.url + "?sig=x")
        seen["copied"] = copy.download_blob().readall().decode()
        blob.delete_blob()
        seen["exists"] = blob.exists()
        seen["left"] = [[one.name, bool(one.is_current_version)] for one in container.list_blobs(include=["versions"]) if one.name == "a/b"]
        blob.delete_blob(version_id=first)
        for index in range(9):
            container.upload_blob(f"many/{index}", b"x")
        seen["batch"] = [one.status_code for one in container.delete_blobs(*[f"many/{index}" for index in range(9)], raise_on_any_failure=False)]
        seen["names"] = [one.name for one in container.list_blobs()]
        try:
            container.get_blob_client("none").get_blob_properties()
        except Exception as error:
            seen["absent"] = code_of(error)
    return seen


def code_of(error):
    code = getattr(error, "error_code", error)
    return str(getattr(code, "value", code))


def _unmodified():
    from azure.core import MatchConditions

    return MatchConditions.IfNotModified


print(json.dumps(globals()[sys.argv[1]](json.loads(sys.argv[2]))))
