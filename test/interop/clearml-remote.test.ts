import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { whyMissing } from '../judges.ts';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import { clearmlPlaces, type ClearmlPlace, type RunningPlace } from './clearml-places.ts';
import { type DvcProgram, startDvc } from './dvc-program.ts';

/** What is committed of each remote, and what is not. */
const KINDS: readonly { readonly place: string; readonly where?: (url: string) => string; readonly url: string; readonly shared: readonly string[]; readonly hidden: readonly string[] }[] = [
  { place: 'MinIO', url: 's3://bucket/dvc', shared: ['endpointurl'], hidden: ['access_key_id', 'secret_access_key'] },
  { place: 'Azurite', url: 'azure://box/dvc', shared: ['account_name'], hidden: ['account_key'] },
  { place: 'Azurite', where: (url) => url.replace('core.windows.net', 'core.chinacloudapi.cn'), url: 'azure://box/dvc', shared: [], hidden: ['connection_string'] },
  { place: 'fake-gcs-server', url: 'gs://bucket/dvc', shared: [], hidden: [] },
];
const missing = whyMissing('clearml', 'python');

describe('remotes with what clearml.conf says', missing === undefined ? {} : { skip: missing }, () => {
  const sandboxes: Sandbox[] = [];
  const running = new Map<ClearmlPlace, RunningPlace>();
  let dvc: DvcProgram | undefined;
  before(async () => {
    for (const place of clearmlPlaces) if (place.missing === undefined && KINDS.some((kind) => kind.place === place.name)) running.set(place, await place.start(''));
    // aiohttp reads the authorities while it is loaded.
    const authority = [...running.values()].map((one) => one.env['SSL_CERT_FILE']).find((file) => file !== undefined);
    dvc = startDvc(['dvc_s3', 'dvc_azure', 'dvc_gs'], authority === undefined ? {} : { SSL_CERT_FILE: authority });
  });
  after(async () => {
    dvc?.stop();
    for (const one of running.values()) await one.stop();
    for (const sandbox of sandboxes) sandbox.remove();
  });

  for (const kind of KINDS) {
    const place = clearmlPlaces.find(({ name }) => name === kind.place);
    it(`${kind.where ? 'in another cloud' : `on ${kind.place}`} are DVC's as well: each pulls what the other pushed, and no secret is committed`, place?.missing === undefined ? {} : { skip: place.missing }, async () => {
      const at = place && running.get(place);
      assert.ok(at);
      const sandbox = createSandbox('clearml-remote');
      sandboxes.push(sandbox);
      const given = at.url.replace(/\/a dir$/, `/dvc${kind.where ? '-elsewhere' : ''}`);
      const url = (kind.where ?? ((one) => one))(given);
      const confFile = join(sandbox.home, 'clearml.conf');
      writeFileSync(confFile, at.conf);
      const env = { ...at.env, NO_PROXY: '127.0.0.1' };
      const root = join(sandbox.folder, 'project');
      mkdirSync(root);
      await sandbox.git(['init', '-q', root]);
      const run = async (args: readonly string[], cwd = root): Promise<string> => {
        const ended = await tow(sandbox, args, { cwd, env });
        assert.equal(ended.status, 0, `tow ${args.join(' ')}: ${ended.stderr}`);
        return ended.stdout;
      };

      await run(['init', '-q']);
      const said = await run(['remote', 'add', '-d', 'store', url, '--from-clearml']);

      for (const key of [...kind.shared, ...kind.hidden]) assert.ok(said.includes(key), said);
      const [config, local] = [readFileSync(join(root, '.dvc/config'), 'utf8'), kind.hidden.length > 0 ? readFileSync(join(root, '.dvc/config.local'), 'utf8') : ''];
      assert.match(config, new RegExp(`url = ${kind.url}${kind.where ? '-elsewhere' : ''}\n`));
      assert.deepEqual([keysOf(config).filter((key) => key !== 'url' && key !== 'remote'), keysOf(local)], [kind.shared, kind.hidden]);
      if (local !== '') assert.equal(statSync(join(root, '.dvc/config.local')).mode & 0o77, 0);
      // The copies count, not what they were copied from.
      rmSync(confFile);
      writeFileSync(join(root, 'ours.txt'), 'pushed by Towline');
      await run(['add', '-q', 'ours.txt']);
      await run(['push', '-q']);
      const other = join(sandbox.folder, 'other');
      cpSync(root, other, { recursive: true });
      for (const name of ['.dvc/cache', 'ours.txt']) rmSync(join(other, name), { recursive: true });
      await judged(['pull']);
      assert.equal(readFileSync(join(other, 'ours.txt'), 'utf8'), 'pushed by Towline');
      writeFileSync(join(other, 'theirs.txt'), 'pushed by DVC');
      await judged(['add', 'theirs.txt']);
      await judged(['push']);
      cpSync(join(other, 'theirs.txt.dvc'), join(root, 'theirs.txt.dvc'));
      await run(['pull', '-q']);
      assert.equal(readFileSync(join(root, 'theirs.txt'), 'utf8'), 'pushed by DVC');

      async function judged(args: readonly string[]): Promise<void> {
        const ended = await dvc?.run(sandbox, args, { cwd: other, env, timeoutSeconds: 60 });
        assert.equal(ended?.status, 0, `dvc ${args.join(' ')}: ${ended?.stderr ?? ''}`);
      }
    });
  }
});

const keysOf = (text: string): readonly string[] => [...text.matchAll(/^\s*(\w+) = /gm)].map(([, key = '']) => key);
