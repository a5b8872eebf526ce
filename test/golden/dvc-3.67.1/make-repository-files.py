"""Makes repository-files.json with DVC itself. Run: python make-repository-files.py (see ORIGIN.md)."""
import json
import os
import shutil
import subprocess
from pathlib import Path

from dvc.dependency import ParamsDependency
from dvc.repo import Repo

RESULT = Path(__file__).resolve().parent / "repository-files.json"

NAMES = [
    "foo", "sp ace", 'we"ird.txt', "a: b#c", ".hid", "!bang", "*star", "[br]", "qu?", "it's", "üñí", "\U0001f600.bin", "yes", "null", "1e5",
    "12345", "2020-01-01", "- dash", "x" * 90, "word " * 20 + "end", "a,b", "{x}", "@at", "%pc", "&amp", "C:\\x", "~tilde", "#hash", "trail.", "=", "é" * 60,
]

PARAMS = "lr: 0.1\none: 1.0\ntiny: 1e-7\nbig: 123456789012345678901\nflag: true\nname: it's\nnone: null\nmodels: [a, b]\nsets:\n  us: {path: data/us, n: 1}\n  uk: {path: data/uk, n: 2}\nnested: {a: {b: [x, {c: deep}]}}\nargs: {lr: 0.5, on: true, off: false, xs: [1, 'a b'], sub: {k: v w}}\n"

PROJECTS = {
    "plain": "stages:\n  t:\n    cmd: x\n    wdir: sub\n    deps: [a, ../b]\n    params: [lr, {other.yaml: [p, q]}, {whole.yaml: }]\n    outs:\n    - o1\n    - o2: {cache: false, persist: true}\n    - o3: {push: false, remote: r, desc: d, type: t, labels: [l], meta: {k: 1}}\n    metrics: [m.json, {m2.json: {cache: false}}]\n    plots:\n    - p.csv: {x: a, cache: false}\n    - p2.csv\n    frozen: true\n",
    "values": "stages:\n  t:\n    cmd: run ${lr} ${one} ${tiny} ${big} ${flag} ${none} ${nested.a.b[0]} ${nested.a.b[1].c} \\${kept}\n    outs: ['out-${name}', '${nested[a].b[0]}.txt', '${flag}-${one}']\n",
    "flags": "stages:\n  t:\n    cmd: run ${args}\n    outs: [o]\n",
    "vars": "vars:\n- extra.yaml\n- part.yaml:keep\n- inline: {v: 7}\nstages:\n  t:\n    cmd: x ${fromfile} ${keep} ${inline.v} ${mine}\n    vars: [{mine: 3}, 'sub.json']\n    outs: ['o-${inline.v}-${sub}']\n",
    "foreach-list": "stages:\n  t:\n    foreach: ${models}\n    do:\n      cmd: x ${item}\n      outs: ['m-${item}']\n  u:\n    foreach: [1, 2.0, true, s]\n    do:\n      cmd: x ${item}\n      outs: ['u-${item}']\n",
    "foreach-map": "stages:\n  t:\n    foreach: ${sets}\n    do:\n      cmd: x ${key} ${item.path}\n      wdir: ${item.path}\n      outs: ['m-${key}-${item.n}']\n  n:\n    foreach: [{p: 1}, {p: 2}]\n    do:\n      cmd: x\n      outs: ['n-${item.p}']\n",
    "foreach-years": "stages:\n  t:\n    foreach:\n      2019: {a: x}\n      2018: {a: y}\n    do:\n      cmd: x ${key}\n      outs: ['y-${key}-${item.a}']\n",
    "matrix": "stages:\n  t:\n    matrix:\n      model: ${models}\n      n: [1, 2]\n      c: [{d: 1}, {d: 2}]\n    cmd: x ${item.model} ${item.n} ${key}\n    outs: ['m-${item.model}-${item.n}-${item.c.d}']\n",
    "duplicate-out": "stages:\n  t:\n    cmd: x\n    outs: [o, {o: {cache: false}}]\n    metrics: []\n",
    "list-command": "stages:\n  t:\n    cmd: [a, 'b ${lr}']\n    outs: ['x${lr}']\n",
}

IGNORES = {
    "basic": ({".dvcignore": "# c\n\n*.tmp\nfoo*\n!foobar\n/rooted\nsub/x\ndir/\n**/deep\na/**/b\n\\#lit\n\\!neg\n[ab].c\ntrail \n"}, [
        "x.tmp", "sub/x.tmp", "foo1", "foobar", "sub/foo", "rooted", "sub/rooted", "sub/x", "other/sub/x", "dir/", "dir/f", "p/deep", "deep", "a/b", "a/q/r/b", "#lit", "!neg", "a.c", "c.c", "trail", "data",
        ".git/x", "sub/.git/", ".dvc/cache", "sub/.hg/",
    ]),
    "nested": ({".dvcignore": "*.log\nout/\n", "sub/.dvcignore": "!keep.log\n/local\nx/y\n", "out/.dvcignore": "!*\n"}, [
        "a.log", "keep.log", "sub/keep.log", "sub/b.log", "sub/local", "sub/d/local", "local", "sub/x/y", "sub/d/x/y", "out/", "out/f", "sub/out/", "sub/out/keep.log",
    ]),
    # Not `!*/`: pathspec 1.x makes of it an expression that DVC, which matches from the start, never finds.
    "order": ({".dvcignore": "*\n!d/\n!*.txt\nno.txt\n"}, ["a.txt", "no.txt", "d/", "d/a.txt", "d/b", "d/no.txt"]),
}


def add_cases(root):
    cases = []
    for index, name in enumerate(NAMES):
        folder = root / f"case{index}"
        folder.mkdir()
        (folder / name).write_text(f"{index}\n")
        Repo(str(root)).add(str(folder / name))
        dvc_file = folder / f"{name}.dvc"
        cases.append({"name": name, "dvc": dvc_file.read_text(), "gitignore": (folder / ".gitignore").read_text()})
    return cases


def describe(stage, root):
    rel = lambda path: os.path.relpath(path, root)
    return {
        "name": stage.name, "cmd": stage.cmd, "wdir": rel(stage.wdir), "frozen": stage.frozen,
        "outs": [{"path": rel(o.fs_path), "written": o.def_path, "cache": o.use_cache, "push": o.can_push, "persist": o.persist, "remote": o.remote, "metric": o.is_metric, "plot": o.is_plot} for o in stage.outs],
        "deps": [rel(d.fs_path) for d in stage.deps if not isinstance(d, ParamsDependency)],
        "params": {d.def_path: list(d.params) for d in stage.deps if isinstance(d, ParamsDependency)},
    }


def project_cases(root):
    files = {"params.yaml": PARAMS, "extra.yaml": "fromfile: f\n", "part.yaml": "keep: k\ndrop: d\n", "sub.json": '{"sub": 2.0}\n'}
    cases = []
    for name, text in PROJECTS.items():
        folder = root / f"project-{name}"
        for path in ("sub", "data/us", "data/uk"):
            (folder / path).mkdir(parents=True)
        for path, content in {**files, "dvc.yaml": text}.items():
            (folder / path).write_text(content)
        stages = Repo(str(root)).stage.load_all(str(folder / "dvc.yaml"))
        cases.append({"name": name, "files": {**files, "dvc.yaml": text}, "stages": [describe(stage, str(folder)) for stage in stages]})
    return cases


def ignore_cases(root):
    cases = []
    for name, (files, paths) in IGNORES.items():
        folder = root / f"ignore-{name}"
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        repo = Repo.init(str(folder))
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        repo = Repo(str(folder))
        answers = []
        for path in paths:
            full = str(folder / path)
            is_ignored = repo.dvcignore.is_ignored_dir(full) if path.endswith("/") else repo.dvcignore.is_ignored_file(full)
            answers.append([path, is_ignored])
        cases.append({"name": name, "files": files, "paths": answers})
    return cases


def git(folder, *args):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *args], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def import_cases(root):
    source = root.parent / "source"
    source.mkdir()
    git(source, "init", "-q")
    (source / "file").write_text("imported\n")
    (source / "folder" / "sub").mkdir(parents=True)
    (source / "folder" / "sub" / "a").write_text("a\n")
    git(source, "add", "-A")
    git(source, "commit", "-q", "-m", "1")
    cases = []
    for name, run in {
        "import-file": lambda repo, out: repo.imp(str(source), "file", out=out),
        "import-folder": lambda repo, out: repo.imp(str(source), "folder", out=out),
        "import-url-file": lambda repo, out: repo.imp_url(str(source / "file"), out=out),
        "import-url-folder": lambda repo, out: repo.imp_url(str(source / "folder"), out=out),
        "import-url-no-exec": lambda repo, out: repo.imp_url(str(source / "file"), out=out, no_exec=True),
    }.items():
        run(Repo(str(root)), name)
        cases.append({"name": name, "dvc": (root / f"{name}.dvc").read_text()})
    return cases


def main():
    # The path is part of the md5 of an import, so it is the same in every run.
    base = Path("/tmp/towline-golden")
    shutil.rmtree(base, ignore_errors=True)
    root = base / "repo"
    root.mkdir(parents=True)
    git(root, "init", "-q")
    os.chdir(root)
    Repo.init(str(root))
    result = {"add": add_cases(root), "projects": project_cases(root), "ignores": ignore_cases(root), "imports": import_cases(root)}
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    shutil.rmtree(base)


main()
