import { edit, erase, files, write } from '../changes.ts';
import { legacy } from '../pipeline-stories.ts';
import { DATA, KEPT } from './data-states.ts';
import type { State, Step } from './state.ts';

/** Three commits on two branches, of which one has a tag. */
const BRANCHES: readonly Step[] = [...KEPT, 'git tag v1', 'git checkout -q -b topic', write('foo', 'topic\n'), 'add foo', 'save', 'git checkout -q main', 'checkout', files({ 'data/a': 'third\n', 'data/new': 'new\n' }), erase('data/b'), 'add data', 'save'];
const change = (name: string, content: string): { readonly at: string; readonly change: ReturnType<typeof write> } => ({ at: 'other', change: write(name, content) });

/** Another repository, with a remote of its own, that can be imported from. */
const OTHER: readonly Step[] = [
  'git init -q ../other', { at: 'other', change: files({ 'data/a': '1\n', 'data/sub/b': '2\n', model: 'model\n', 'code.py': 'print()\n' }) },
  'other: init -q', 'other: remote add -q -d store ../store-of-other', 'other: add -q data model', 'other: push -q', 'other: save', 'other: git tag v1',
];
const IMPORTED: readonly Step[] = [...OTHER, 'import ../other data', 'import ../other model --rev v1', 'import ../other code.py', 'save'];
const URLS: readonly Step[] = [{ at: 'source', change: files({ one: '1\n', 'dir/x': 'x\n', 'dir/y': 'y\n' }) }, 'import-url ../source/one', 'import-url ../source/dir', 'push', 'save'];

/** What Git and other places remember. */
export const historyStates: readonly State[] = [
  { name: 'branches and tags', steps: BRANCHES, asks: ['push -a', 'push -T', 'push -A', 'status -c -a --json', 'fetch -A', 'gc -a -f', 'gc -T -f', 'gc -A -f', 'gc -w -c -f', 'gc --rev v1 -f', 'gc --rev HEAD -n 1 -f', 'gc -n 1 -f', 'diff v1', 'diff v1 --json', 'diff v1 topic --json', 'diff topic', 'diff nonsense', 'diff v1 --targets foo --json', 'list . --rev v1 -R --json', 'list . --rev topic', 'get . foo --rev topic -o old', 'get . data --rev v1 -o old', 'list . --rev nonsense', 'data status', 'gc --date 2020-01-01 -f', 'gc --date 2030-01-01 -f'] },
  { name: 'branches and tags, seen by a clone', steps: [...BRANCHES, 'push -A', 'clone'], where: 'bob', asks: ['fetch -a', 'fetch -T', 'fetch -A', 'pull -A', 'diff v1 --json', 'list . --rev v1', 'get . foo --rev v1 -o old', 'gc -A -f', 'gc -w -c -f', 'gc -A -c -f', 'gc -T -c -f', 'status -c -T --json'] },
  { name: 'an old commit is looked at', steps: [...BRANCHES, 'git checkout -q v1'], asks: ['checkout --summary', 'data status', 'diff main --json', 'diff'] },
  { name: 'another branch is looked at', steps: [...BRANCHES, 'git checkout -q topic'], asks: ['checkout --summary', 'data status', 'push', 'diff main --json'] },
  { name: 'a shallow clone', steps: [...BRANCHES, 'push -A', ['git', 'clone', '-q', '--depth', '1', 'file://TOP/alice', '../bob']], where: 'bob', asks: ['fetch -a', 'fetch -A', 'diff HEAD --json'] },
  { name: 'a repository of DVC 2', steps: [legacy, 'save'], asks: ['add note.txt', 'push', 'commit -f', 'move note.txt moved.txt', 'list . -R --json --show-hash', 'gc -w -c -f', 'cache dir'] },
  { name: 'a repository of DVC 2 with changes', steps: [legacy, 'save', write('note.txt', 'third\r\n')], asks: ['add note.txt', 'data status', 'diff'] },
  { name: 'imports', steps: IMPORTED, asks: ['update data.dvc', 'update model.dvc', 'update --rev v1 data.dvc', 'update code.py.dvc', 'push data', 'remove data.dvc', 'move data moved', 'freeze data.dvc', 'unfreeze data.dvc', 'import ../other data', 'import ../other data -o more', 'import ../other model --no-download -o m', 'import ../other model --no-exec -o m', 'import ../other absent', 'import ../absent data', 'list ../other -R --json', 'list ../other data', 'get ../other model -o m', 'get ../other data/sub -o m', 'get ../other code.py -o c', 'get ../other absent', 'get ../other model --show-url', 'commit data.dvc', 'status data.dvc'] },
  { name: 'imports whose source has changed', steps: [...IMPORTED, change('model', 'better\n'), change('data/a', 'other\n'), change('code.py', 'print(2)\n'), 'other: add -q data model', 'other: push -q', 'other: save'], asks: ['update data.dvc', 'update model.dvc', 'update code.py.dvc', 'update data.dvc model.dvc', 'update --no-download data.dvc', 'update -R .', 'status data.dvc', 'status --no-updates', 'checkout data', 'update absent.dvc'] },
  { name: 'imports, seen by a clone', steps: [...IMPORTED, 'push', 'clone'], where: 'bob', asks: ['pull data.dvc', 'fetch model.dvc', 'checkout data', 'update data.dvc', 'data status'] },
  { name: 'imports without their data', steps: [...OTHER, 'import ../other data --no-download', 'import ../other model --no-exec', 'save'], asks: ['pull data.dvc', 'update data.dvc', 'update model.dvc', 'data status', 'fetch data.dvc', 'status data.dvc'] },
  { name: 'imports from addresses', steps: URLS, asks: ['update one.dvc', 'update dir.dvc', 'push one', 'import-url ../source/one', 'import-url ../source/absent', 'import-url ../source/one two', 'import-url --no-download ../source/dir d', 'import-url --no-exec ../source/one o', 'import-url --to-remote ../source/one o', 'import-url --to-remote ../source/dir d', 'add ../source/one --to-remote', 'add ../source/dir --to-remote -o d', 'add ../source/one -o o', 'list-url ../source', 'list-url ../source -R', 'list-url ../source/absent', 'get-url ../source/one o', 'get-url ../source/dir d', 'get-url ../source/absent', 'update --to-remote one.dvc', 'freeze one.dvc', 'unfreeze one.dvc', 'remove one.dvc'] },
  { name: 'imports from addresses that have changed', steps: [...URLS, { at: 'source', change: files({ one: 'two\n', 'dir/z': 'z\n' }) }, { at: 'source', change: erase('dir/x') }], asks: ['update one.dvc', 'update dir.dvc', 'update -R .', 'update --to-remote one.dvc', 'update --to-remote dir.dvc', 'update --no-download one.dvc', 'update --no-download dir.dvc', 'status one.dvc', 'status --no-updates', 'update one.dvc --rev x'] },
  { name: 'imports from addresses, changed here', steps: [...URLS, write('one', 'mine\n')], asks: ['update one.dvc', 'commit -f one.dvc', 'checkout -f one'] },
  { name: 'imports from addresses without their data', steps: [{ at: 'source', change: files({ one: '1\n', 'dir/x': 'x\n' }) }, 'import-url ../source/one --no-download', 'import-url ../source/dir --no-download', 'save'], asks: ['pull one.dvc', 'fetch dir.dvc', 'update one.dvc', 'update dir.dvc', 'data status', 'checkout one'] },
  { name: 'an import that is thawed', steps: [...URLS, edit('one.dvc', (text) => text.replace('frozen: true\n', '')), { at: 'source', change: write('one', 'two\n') }], asks: ['status one.dvc', 'commit -f one.dvc', 'update one.dvc', 'checkout one'] },
  { name: 'the other repository', steps: [files(DATA), 'add data', 'save', 'git clone -q --bare . ../bare.git', 'push'], asks: ['list ../bare.git', 'list ../bare.git -R --json', 'get ../bare.git data -o out', 'import ../bare.git data -o out', 'list ../absent.git', 'list ../bare.git absent'] },
];
