"""Answers what DVC's own code makes of YAML texts: one JSON request per line in, one JSON answer per line out."""
import datetime
import json
import sys

from dvc.schema import COMPILED_LOCKFILE_SCHEMA, COMPILED_MULTI_STAGE_SCHEMA, COMPILED_SINGLE_STAGE_SCHEMA
from dvc.utils import dict_md5
from dvc.utils.collections import apply_diff
from dvc.utils.serialize import PARSERS, dumps_yaml, parse_yaml, parse_yaml_for_update

SCHEMAS = {
    "dvc-file": COMPILED_SINGLE_STAGE_SCHEMA,
    "dvc-yaml": COMPILED_MULTI_STAGE_SCHEMA,
    "dvc-lock": COMPILED_LOCKFILE_SCHEMA,
}


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return {str(v): None for v in value}
    if isinstance(value, int) and abs(value) >= 2**53:
        return {"int": str(value)}
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, (datetime.date, datetime.datetime)):
        return {"date": str(value)}
    return {"float": repr(value)}


def answer(request):
    kind = request["kind"]
    if kind == "load":
        return plain(parse_yaml(request["text"], "x.dvc"))
    if kind == "params":
        return plain(PARSERS[request["suffix"].lower()](request["text"], "x" + request["suffix"]))
    if kind == "dump":
        return dumps_yaml(request["data"])
    if kind == "edit":
        data = parse_yaml_for_update(request["text"], "x.dvc")
        apply_diff(request["data"], data)
        return dumps_yaml(data)
    if kind == "md5":
        return dict_md5(request["data"], exclude=request["exclude"])
    if kind == "schema":
        try:
            SCHEMAS[request["schema"]](parse_yaml(request["text"], "x.dvc"))
        except Exception as exc:
            return sorted([e.error_message, " -> ".join(map(str, e.path))] for e in exc.errors)
        return []
    raise ValueError(kind)


for line in sys.stdin:
    try:
        result = {"ok": answer(json.loads(line))}
    except Exception as exc:
        result = {"error": type(exc).__name__}
    print(json.dumps(result), flush=True)
