import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { judgeProgram } from '../judges.ts';

/** One DVC command, run by DVC itself. */
export interface DvcAnswer { readonly status: number; readonly out: string; readonly err: string; readonly files: Readonly<Record<string, string>> }

/** DVC is loaded once and forked for each command: a process of its own costs a third of a second. */
const RUN = `
import json, os, sys, tempfile
from dvc.cli import main
import dvc.repo, dvc.commands.remote, dvc.commands.config
for line in sys.stdin:
    step = json.loads(line)
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    child = os.fork()
    if child == 0:
        os.chdir(step["cwd"]); os.dup2(out.fileno(), 1); os.dup2(err.fileno(), 2)
        try:
            status = main(step["argv"]) or 0
        except SystemExit as exit:
            status = exit.code or 0
        sys.stdout.flush(); sys.stderr.flush(); os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    read = lambda f: (f.seek(0), f.read().decode())[1]
    files = {name: open(os.path.join(step["root"], ".dvc", name), encoding="utf-8", newline="").read() for name in ("config", "config.local") if os.path.exists(os.path.join(step["root"], ".dvc", name))}
    print(json.dumps({"status": status, "out": read(out), "err": read(err), "files": files}), flush=True)
`;
const LOAD = `
import json, sys
from dvc.config import Config, ConfigError
for line in sys.stdin:
    try:
        conf = Config(json.loads(line))
        print(json.dumps({"config": {k: conf[k] for k in ("core", "remote", "cache", "studio")}}))
    except Exception as error:
        print(json.dumps({"error": str(error)}))
`;

/** Runs DVC commands one after the other; each gives back its config files too. */
export function runDvc(steps: readonly { readonly root: string; readonly cwd: string; readonly argv: readonly string[] }[], env: Readonly<Record<string, string>>): readonly DvcAnswer[] {
  return ask(RUN, steps, env) as readonly DvcAnswer[];
}

/** What DVC reads from each `.dvc` folder. */
export function loadByDvc(folders: readonly string[], env: Readonly<Record<string, string>>): readonly ({ readonly config: Readonly<Record<string, Readonly<Record<string, unknown>>>> } | { readonly error: string })[] {
  return ask(LOAD, folders, env) as ReturnType<typeof loadByDvc>;
}

function ask(program: string, questions: readonly unknown[], env: Readonly<Record<string, string>>): readonly unknown[] {
  const { stdout, stderr, status } = spawnSync(judgeProgram('python'), ['-c', program], { input: questions.map((one) => `${JSON.stringify(one)}\n`).join(''), encoding: 'utf8', env: { ...env }, maxBuffer: 64 << 20 });
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown);
}
