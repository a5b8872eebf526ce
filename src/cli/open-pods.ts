import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '../disk/node.ts';
import { type HolderKind, type OpenHolder, openHolder, openLocalStack, type PodsLent, type Whose } from '../pods/holders.ts';
import type { LocalStackRuntime } from '../pods/states/localstack/runtime.ts';
import { MERGE_STRATEGIES, type MergeStrategy, type StateChange, type StateHolder } from '../pods/state.ts';
import type { PodStore } from '../pods/pod.ts';
import { encryptedPods, plainPods } from '../pods/encrypted/encrypted-pods.ts';
import { readInput } from './read-input.ts';
import type { Downloads } from '../pods/fetch-state.ts';
import { openPods } from '../pods/open.ts';
import { createJournal, type Journal } from '../storage/transfer/journal.ts';
import type { Context } from './command.ts';
import type { Flags } from './flag.ts';
import { openConfig } from './open-config.ts';
import { lend } from './open-repository.ts';

export const ENDPOINT = { endpoint: { type: 'string', value: 'url', help: 'where LocalStack is (default: LOCALSTACK_HOST, else http://localhost:4566)' } } as const satisfies Flags;
export const SERVICES = { services: { type: 'string', short: 's', value: 'list', help: 'only these services, separated by commas' } } as const satisfies Flags;
export const EXCLUDE = { exclude: { type: 'string', value: 'pattern', multiple: true, help: 'of a folder: leave these out, as .gitignore does' } } as const satisfies Flags;
export const SECRET = { secret: { type: 'string', short: 'S', value: 'text', help: 'encrypts the state, and decrypts it; - asks for it (default: TOW_POD_SECRET)' } } as const satisfies Flags;
export const FORMAT = { format: { type: 'string', short: 'f', choices: ['table', 'json'], value: 'form', help: 'table (default) or json' } } as const satisfies Flags;

/** What a process lends to whoever moves states. */
export const lendPods = (context: Context): PodsLent => ({ ...lend(context), disk: nodeDisk, scratch: tmpdir() });

export async function withHolder<T>(context: Context, whose: Omit<Whose, 'cwd'>, work: (open: OpenHolder) => Promise<T>): Promise<T> {
  const open = openHolder(lendPods(context), { ...whose, cwd: context.cwd });
  try {
    return await work(open);
  } finally {
    await open.close();
  }
}

export async function withLocalStack<T>(context: Context, endpoint: string | undefined, work: (localStack: { readonly runtime: LocalStackRuntime; readonly holder: StateHolder }) => Promise<T>): Promise<T> {
  const localStack = openLocalStack(lendPods(context), endpoint);
  try {
    return await work(localStack);
  } finally {
    await localStack.runtime.close();
  }
}

/** 's3,sqs' as a list; undefined where nothing was said. */
export function servicesOf(said: string | undefined): readonly string[] | undefined {
  return said?.split(',').map((service) => service.trim());
}

/** How a state comes together with what is there, where nobody says: a folder becomes the state, all else keeps what the state says nothing of. */
export const strategyOf = (said: string | undefined, kind: HolderKind): MergeStrategy => MERGE_STRATEGIES.find((one) => one === said) ?? (kind === 'dir' ? 'overwrite' : 'account-region-merge');

/** Rows in columns, as wide as their longest word. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ').trimEnd());
}

/** What a load would do, in LocalStack's words. */
export function changeLines(changes: readonly StateChange[]): readonly string[] {
  if (changes.length === 0) return ['This load operation will not modify the state.'];
  const rows = changes.map(({ service, added, modified, removed }) => [`${service}:`, ...(added > 0 ? [`  + ${added} files added.`] : []), ...(modified > 0 ? [`  ~ ${modified} files modified.`] : []), ...(removed > 0 ? [`  - ${removed} files removed.`] : [])]);
  return ['This load operation will modify the state as follows:', ...rows.flat()];
}

/** Where large states gather and their uploads are noted: pods are used outside repositories, too. */
const downloadsFolder = ({ env, home }: Context): string => join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'towline', 'pods');
const journalOf = (context: Context): Journal => createJournal(join(downloadsFolder(context), 'journal'), { disk: nodeDisk, now: context.now, warn: context.warn, ...(context.self && { self: context.self }), ...(context.isRunning && { isRunning: context.isRunning }) });
export const downloadsOf = (context: Context): Downloads => ({ folder: downloadsFolder(context), opening: lend(context), journal: journalOf(context) });

/** Opens where pods lie while `work` runs. */
export async function withPods<T>(context: Context, remote: string | undefined, work: (pods: PodStore) => Promise<T>): Promise<T> {
  const pods = await openPods(remote, { config: await openConfig(context), opening: lend(context), journal: journalOf(context) });
  try {
    return await work(pods);
  } finally {
    await pods.close();
  }
}

/** The same, where states are encrypted if there is a secret. */
export async function withSecretPods<T>(context: Context, { remote, secret }: { readonly remote: string | undefined; readonly secret: string | undefined }, work: (pods: PodStore) => Promise<T>): Promise<T> {
  const given = secret === '-' ? await readInput(context, 'secret') : secret ?? context.env['TOW_POD_SECRET'];
  return await withPods(context, remote, async (pods) => await work(given === undefined ? plainPods(pods) : encryptedPods(pods, given)));
}

/** '2026-01-31 12:00:00' in the time zone of this machine, as LocalStack shows it. */
export function timeText(date: Date | undefined): string {
  if (date === undefined) return 'n/a';
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
