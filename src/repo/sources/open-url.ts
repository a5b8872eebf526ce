import { resolve } from 'node:path';

import { followFile } from '../../disk/read.ts';
import { type Scan, scan } from '../../disk/scan.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import type { Config } from '../../remotes/config.ts';
import { findUrl } from '../../remotes/find-remote.ts';
import { settingsOf } from '../../remotes/made-remote.ts';
import { openRemote } from '../../remotes/open.ts';
import { shownUrl } from '../../remotes/shown-url.ts';
import { urlScheme } from '../../remotes/url-scheme.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Entry, StatOptions } from '../../storage/driver.ts';
import { parsePath } from '../../storage/path.ts';
import type { Storage } from '../../storage/storage.ts';

/** A URL or a path, as it was typed or written down. */
export interface UrlAddress {
  readonly url: string;
  /** Absolute: where relative paths start. */
  readonly base: string;
  /** `--fs-config`, or `fs_config` of a dependency. */
  readonly fsConfig?: Readonly<Record<string, string>>;
}

/** What a URL leads to, opened; nothing has been asked yet. */
export interface UrlPlace {
  readonly url: string;
  /** For people: without secrets. */
  readonly shown: string;
  readonly storage: Storage;
  /** Absolute, when it lies on this machine. */
  readonly local?: string;
  /** Versions are recorded and looked for (`--version-aware`). */
  readonly isVersioned: boolean;
}

/** What lies there: one file, or the files below a folder. */
export type Found =
  | { readonly kind: 'file'; readonly entry: Entry; readonly mode?: number }
  | { readonly kind: 'directory'; readonly entries: readonly Entry[]; readonly rows?: Scan };

const ROOT = parsePath('');

/** Opens what `url` names: a path of this machine, a URL of any storage, or a path on a configured remote. */
export async function openUrl(lent: Opening, config: Config, { url, base, fsConfig = {} }: UrlAddress): Promise<UrlPlace> {
  const isLocal = urlScheme(url) === '';
  const local = isLocal ? resolve(base, url) : undefined;
  const remote = findUrl(config, local ?? url);
  // What stands in a committed `.dvc` file is trusted as little as the configuration of the repository.
  const own = [...settingsOf(fsConfig, { file: 'fs_config', line: 0 })].map(([key, setting]) => [key, { ...setting, level: 'repo' as const }] as const);
  const settings = new Map([...remote.settings, ...own].filter(([key]) => !isLocal || key !== 'version_aware'));
  const opened = await openRemote({ ...remote, settings }, lent);
  const shown = shownUrl(url);
  if (opened.kind !== 'storage') throw new TowlineError('UNSUPPORTED', `'${shown}' is a registry: it keeps objects, not files under their names`, { hint: "'tow add' and 'tow push' use it as a remote." });
  return { url, shown, storage: opened.storage, ...(local !== undefined && { local }), isVersioned: settings.get('version_aware')?.value.toLowerCase() === 'true' };
}

/** Looks what lies there. Throws NOT_FOUND. */
export async function lookAt(place: UrlPlace, call: StatOptions = {}): Promise<Found> {
  if (place.local !== undefined) return lookHere(place.local);
  const { driver } = place.storage;
  const entry = await findFile(place.storage, call);
  if (entry?.kind === 'file') return { kind: 'file', entry };
  if (driver.list) {
    const entries = place.isVersioned && driver.listVersions ? await latestVersions(place.storage, call) : await listAll(place.storage, call);
    if (entries.length > 0 || entry?.kind === 'directory') return { kind: 'directory', entries };
  }
  throw notThere(place.shown);
}

export function notThere(shown: string): TowlineError {
  return new TowlineError('NOT_FOUND', `dependency '${shown}' does not exist`, { context: { reason: 'no-such-url' } });
}

function lookHere(path: string): Found {
  const info = followFile(path);
  if (info?.kind === 'file') return { kind: 'file', entry: { path: ROOT, kind: 'file', size: info.size }, mode: info.mode };
  if (info?.kind !== 'folder') throw notThere(path);
  const rows = scan(path);
  return { kind: 'directory', rows, entries: Array.from(rows.names, (name, row) => ({ path: parsePath(name), kind: 'file', size: rows.size[row] ?? 0 })) };
}

/** A whole bucket is no object, and services say so in their own ways. */
async function findFile(storage: Storage, call: StatOptions): Promise<Entry | undefined> {
  try {
    return await storage.find(ROOT, call);
  } catch (error) {
    if (hasCode(error, 'INVALID_ARGUMENT') && storage.driver.list) return undefined;
    throw error;
  }
}

async function listAll(storage: Storage, call: CallOptions): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const page of storage.walk(ROOT, call)) entries.push(...page);
  return entries;
}

async function latestVersions(storage: Storage, call: CallOptions): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  const driver = storage.require('listVersions');
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const page = await driver.listVersions(ROOT, { ...call, ...(cursor !== undefined && { cursor }) });
    entries.push(...page.entries.filter(({ isLatest, isDeleteMarker, kind }) => isLatest && !isDeleteMarker && kind === 'file'));
    cursor = page.cursor;
  }
  return entries;
}
