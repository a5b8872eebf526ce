import { hash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { nodeDisk } from '../disk/node.ts';
import type { Disk } from '../disk/disk.ts';
import { makeFolders } from '../disk/folders.ts';
import { replaceFile } from '../disk/replace.ts';
import { TowlineError } from '../errors.ts';
import type { Connect, Transport } from '../http/transport.ts';
import { findUrl } from '../remotes/find-remote.ts';
import { loadConfig } from '../remotes/load-config.ts';
import { remoteOf, settingsOf } from '../remotes/made-remote.ts';
import { openRemote } from '../remotes/open.ts';
import type { Remote } from '../remotes/remote.ts';
import { isReference } from '../remotes/tables.ts';
import type { Opening } from '../storage/definition.ts';
import { parsePath, type Path } from '../storage/path.ts';
import type { Storage } from '../storage/storage.ts';
import { createJournal, type Journal } from '../storage/transfer/journal.ts';
import { type ClearmlConfig, loadClearmlConfig } from './config/clearml-config.ts';
import { partAt } from './config/values.ts';
import { expandPath, variable } from './config/variables.ts';
import { findTarget } from './places/find-target.ts';
import { type Finding, type RemoteTarget, splitUrl, type Target } from './places/target.ts';
import { configuredSubstitutions, substitute, type Substitution } from './places/substitution.ts';

/** Where a manager takes everything from. */
export interface SessionOptions {
  /** What the process lends: `lendProcess()`. */
  readonly lent: Opening;
  /** Read instead of the files ClearML looks for. */
  readonly configFile?: string | undefined;
  /** Shadows the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Instead of what CLEARML_CACHE_DIR and the configuration say. */
  readonly cacheDir?: string | undefined;
  /** Where relative paths start. Default: the folder of the process. */
  readonly cwd?: string | undefined;
  /** The repository whose remotes `remote://name` may mean. */
  readonly root?: string | undefined;
}

/** What the verbs work with: the configuration, and every storage that was opened, once. */
export interface Session extends Addresses {
  readonly config: ClearmlConfig;
  readonly lent: Opening & { readonly disk: Disk };
  readonly cacheRoot: string;
  readonly journal: Journal;
  open(target: RemoteTarget): Promise<Storage>;
  /** A folder of this machine as a storage whose files get `mode`. */
  folder(path: string, mode?: string): Promise<Storage>;
  close(): Promise<void>;
}

/** How URLs and paths are meant. */
interface Addresses {
  /** Adds a rule before those of the configuration; without one all added are forgotten. */
  addSubstitution(rule?: Substitution): void;
  substitute(url: string): string;
  absolute(path: string): string;
  /** Where a URL leads, its prefix substituted. */
  target(url: string, purpose: 'read' | 'write'): Promise<Target>;
}

export function openSession({ lent: given, configFile, env, cacheDir, cwd, root }: SessionOptions): Session {
  const here = resolve(cwd ?? '.');
  const config = loadClearmlConfig({ configFile, cwd: here }, { ...given, env: { ...given.env, ...env } });
  const shared = shareTransports(given.connect);
  const lent = { ...given, env: config.env, disk: given.disk ?? nodeDisk, connect: shared.connect };
  const cacheRoot = rootOfCache(config, { cacheDir, here });
  const own = join(cacheRoot, 'towline');
  const rules = configuredSubstitutions(config, lent.warn);
  const opened = new Map<string, Promise<Storage>>();
  let added: readonly Substitution[] = [];
  const folders = new Map<string, Promise<Storage>>();
  const substituted = (url: string): string => substitute(url, [...added, ...rules]);
  const absolute = (path: string): string => resolve(here, path);
  const warned = new Set<string>();
  const warn: Finding['warn'] = (warning) => {
    if (warned.has(warning.text)) return;
    warned.add(warning.text);
    lent.warn(warning);
  };
  const keepSecret = (name: string, secret: string): string => {
    const path = join(own, `${name}-${hash('md5', secret, 'hex')}.json`);
    makeFolders(lent.disk, cacheRoot);
    lent.disk.makeFolder(own, 0o700);
    replaceFile(lent.disk, path, secret, { mode: 0o600, durable: false });
    return path;
  };
  const storageOf = (remote: Remote): Promise<Storage> => {
    const key = JSON.stringify([remote.url, remote.driver, [...remote.settings].map(([name, { value }]) => [name, value])]);
    const known = opened.get(key) ?? openStorage(remote, lent);
    opened.set(key, known);
    known.catch(() => opened.delete(key));
    return known;
  };
  const session: Session = {
    config, lent, cacheRoot, absolute, substitute: substituted,
    journal: createJournal(join(own, 'journal'), { disk: lent.disk, now: lent.now, warn: lent.warn, ...(lent.self && { self: lent.self }), ...(lent.isRunning && { isRunning: lent.isRunning }) }),
    addSubstitution: (rule) => { added = rule === undefined ? [] : [rule, ...added]; },
    async target(url, purpose) {
      const meant = substituted(url);
      const remotes = isReference(meant) ? await loadConfig({ runtime: lent, ...(root !== undefined && { root }) }) : undefined;
      const named = (one: string): Remote => (remotes === undefined ? remoteOf(one, new Map()) : findUrl(remotes, one));
      return findTarget(purpose === 'write' ? meant.replaceAll('\\', '/') : meant, { config, warn, purpose, substitute: substituted, absolute, keepSecret, named });
    },
    async open(target) {
      const remote = await withCertificate(session, target.remote);
      // Every URL of a web server is a storage of its own, which holds nothing: what was asked for once is not kept for ever.
      return await (target.isSingle === true && remote.driver === undefined ? openStorage(remote, lent) : storageOf(remote));
    },
    async folder(path, mode = '644') {
      const known = folders.get(mode + path);
      if (known !== undefined) return await known;
      if (folders.size === MOST_FOLDERS) folders.clear();
      const made = openStorage(remoteOf(path, settingsOf({ file_mode: mode }, { file: 'the cache', line: 0, column: 0 })), lent);
      folders.set(mode + path, made);
      return await made;
    },
    async close() {
      const all = await Promise.allSettled(opened.values());
      opened.clear();
      folders.clear();
      for (const one of all) if (one.status === 'fulfilled') await one.value.close();
      await shared.close();
    },
  };
  return session;
}

/** Folders of this machine that are remembered; they hold nothing. */
const MOST_FOLDERS = 256;

async function openStorage(remote: Remote, lent: Opening): Promise<Storage> {
  const place = await openRemote(remote, lent);
  if (place.kind === 'storage') return place.storage;
  throw new TowlineError('UNSUPPORTED', `'${remote.url}' is a registry; ClearML's artifacts need a storage`);
}

/** `verify` may name a certificate that lies on a storage itself; it is fetched once and kept like any other copy. */
async function withCertificate(session: Session, remote: Remote): Promise<Remote> {
  const verify = remote.settings.get('ssl_verify');
  if (verify === undefined || !/^[a-z][a-z0-9+.-]+:\/\//i.test(verify.value)) return remote;
  const target = await session.target(verify.value, 'read');
  if (target.kind === 'local') return { ...remote, settings: new Map([...remote.settings, ['ssl_verify', { ...verify, value: target.path }]]) };
  const storage = await session.open(target);
  const bytes = await storage.readBytes(pathOf(target), { limit: 1 << 20 });
  const folder = join(session.cacheRoot, 'storage_manager', 'certs');
  const file = join(folder, `${hash('md5', verify.value, 'hex')}.${verify.value.slice(verify.value.lastIndexOf('/') + 1)}`);
  makeFolders(session.lent.disk, folder);
  replaceFile(session.lent.disk, file, bytes, { durable: false });
  return { ...remote, settings: new Map([...remote.settings, ['ssl_verify', { ...verify, value: file }]]) };
}

/** What the driver is asked for. */
export const pathOf = ({ name, toPath }: RemoteTarget): Path => parsePath((toPath?.(name) ?? name).replace(/\/+$/, ''));

function rootOfCache(config: ClearmlConfig, { cacheDir, here }: { readonly cacheDir: string | undefined; readonly here: string }): string {
  const said = cacheDir ?? variable(config.env, 'CACHE_DIR')?.value ?? partAt(config, 'sdk.storage.cache').text('default_base_dir');
  if (said === undefined) return join(config.env['TMPDIR'] ?? '/tmp', 'clearml_cache');
  const { host, rest } = said.includes('://') ? splitUrl(said) : { host: '', rest: undefined };
  return rest === undefined ? resolve(here, expandPath(said, config)) : host === '' ? `/${rest}` : resolve(here, expandPath(said, config));
}

/** One pool of connections for all that want the same, however many storages that is: every URL of a web server is one of its own. */
function shareTransports(connect: Connect): { readonly connect: Connect; close(): Promise<void> } {
  const pools = new Map<string, Transport>();
  return {
    connect(settings = {}) {
      const key = JSON.stringify(settings);
      const pool = pools.get(key) ?? connect(settings);
      pools.set(key, pool);
      return { send: (request) => pool.send(request) };
    },
    async close() {
      for (const pool of pools.values()) await pool.close?.();
      pools.clear();
    },
  };
}
