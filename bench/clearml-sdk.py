"""What bench/clearml.ts measures, by ClearML's own SDK: `clearml-sdk.py SCENARIO JOBS URL...`"""
import sys
from multiprocessing.pool import ThreadPool

from clearml import StorageManager

scenario, jobs, urls = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def copy(url):
    assert StorageManager.get_local_copy(url)


if scenario == "copies":
    names = [f"{urls[0]}/{at}" for at in range(int(urls[1]))]
    for _ in range(int(urls[2])):
        if jobs == 1:
            for name in names:
                copy(name)
        else:
            # Its first call reads the configuration, with a parser that several threads break (clearml 2.1.12).
            copy(names[0])
            with ThreadPool(jobs) as pool:
                pool.map(copy, names[1:])
elif scenario == "list":
    assert len(StorageManager.list(urls[0])) == int(urls[1])
