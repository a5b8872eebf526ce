"""DVC, loaded once and forked for each command: one JSON request per line in, one JSON answer per line out.

Modules named as arguments are loaded once as well, from test/servers too.
A process of its own costs a third of a second for each command, a fork a twentieth. Nothing here may start a thread before the fork.
"""
import gc
import importlib
import json
import os
import signal
import sys

import dvc.cli
import dvc.commands.add, dvc.commands.checkout, dvc.commands.commit, dvc.commands.config, dvc.commands.data_sync, dvc.commands.data
import dvc.commands.init, dvc.commands.remote, dvc.commands.remove, dvc.commands.status
import dvc.repo, dvc.repo.add, dvc.repo.checkout, dvc.repo.push, dvc.repo.pull, dvc.repo.status
import dvc_data.hashfile.transfer, dvc_data.index
import dvc.cli.parser, dvc.compare, dvc.data_cloud, dvc.lock, dvc.rwlock, dvc.repo.brancher, dvc.repo.experiments.utils, dvc.repo.graph, dvc.repo.index, dvc.utils.strictyaml
import dvc_data.hashfile.db.index, dvc_data.hashfile.db.local, dvc_data.index.checkout, dvc_data.index.fetch
import dulwich.porcelain, networkx, platformdirs, psutil, rich.status, ruamel.yaml, scmrepo.git, zc.lockfile
import aiooss2.adapter, dvc_http, dvc_oss, dvc_s3, dvc_ssh, ossfs, s3fs, sshfs

# aiooss2 0.2.11 lacks a method that aiohttp has asked of every payload since 3.12 and never calls here: without this no DVC can push to OSS.
aiooss2.adapter.AsyncPayload.__abstractmethods__ = frozenset()

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "servers"))
for name in sys.argv[1:]:
    importlib.import_module(name)

# A command builds the parser of all commands first, and walks through all objects that were loaded here to find those nobody needs: half of its time.
parser = dvc.cli.parser.get_main_parser()
dvc.cli.parser.get_main_parser = lambda: parser
gc.collect()
gc.freeze()


def run(request):
    """Becomes the command; never returns."""
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(request["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    err = os.open(request["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for source, target in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    signal.alarm(request["seconds"])
    try:
        status = dvc.cli.main(request["args"]) or 0
    except SystemExit as end:
        status = end.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def watch(request):
    """Waits for one command in a process of its own, so that several can run at a time."""
    child = os.fork()
    if child == 0:
        run(request)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(1, (json.dumps({"id": request["id"], "status": status}) + "\n").encode())
    os._exit(0)


signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    request = json.loads(line)
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        watch(request)
