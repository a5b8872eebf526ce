"""ClearML's own reader of configurations: a JSON text per line in, what it makes of it per line out."""
import json
import signal
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


def too_long(_number, _frame):
    raise TimeoutError


# Its grammar goes back and forth in deep texts, and a few would take minutes: those are passed over.
signal.signal(signal.SIGALRM, too_long)

for line in sys.stdin:
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        answer = {"value": plain(ConfigFactory.parse_string(json.loads(line)))}
    except Exception as error:  # whatever it raises is its answer
        answer = {"error": type(error).__name__}
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.stdout.write(json.dumps(answer) + "\n")
sys.stdout.flush()
