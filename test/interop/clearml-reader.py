"""ClearML's own reader of configurations: a JSON text per line in, what it makes of it per line out."""
import json
import sys

from clearml.utilities.pyhocon import ConfigFactory
from clearml.utilities.pyhocon.config_tree import NoneValue


def plain(value):
    if isinstance(value, dict):
        return {key.strip('"'): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, NoneValue):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return "?:" + repr(value)


for line in sys.stdin:
    try:
        answer = {"value": plain(ConfigFactory.parse_string(json.loads(line)))}
    except Exception as error:  # whatever it raises is its answer
        answer = {"error": type(error).__name__}
    sys.stdout.write(json.dumps(answer) + "\n")
sys.stdout.flush()
