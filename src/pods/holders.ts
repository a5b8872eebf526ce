import { resolve } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { TowlineError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { StateHolder } from './state.ts';
import { createFolderState } from './states/folder/folder-state.ts';
import { endpointOf } from './states/localstack/endpoint.ts';
import { createLocalStackState } from './states/localstack/localstack-state.ts';
import { createRuntime, type LocalStackLent, type LocalStackRuntime } from './states/localstack/runtime.ts';
import { createZipState, type StatePlace } from './states/zip/zip-state.ts';

/** What is lent to whoever moves states. */
export interface PodsLent extends LocalStackLent, Pick<Runtime, 'platform'> {
  readonly disk: Disk;
  /** A folder for what is needed only while a state is moved: room for one state, better two. */
  readonly scratch: string;
}
/** Whose state is meant: 'dir:PATH' or 'zip:PATH', else a LocalStack. */
export interface Whose {
  readonly place?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly exclude?: readonly string[];
  readonly cwd: string;
}
export type HolderKind = 'dir' | 'zip' | 'localstack';
export interface OpenHolder { readonly kind: HolderKind; readonly holder: StateHolder; close(): Promise<void> }

export function openHolder(lent: PodsLent, whose: Whose): OpenHolder {
  const { place, endpoint, exclude = [], cwd } = whose;
  if (place !== undefined && endpoint !== undefined) throw new TowlineError('INVALID_ARGUMENT', `'${place}' and '--endpoint' exclude each other`, { context: { usage: true } });
  const [, kind, path = ''] = /^(dir|zip):(.+)$/s.exec(place ?? '') ?? [];
  if (place !== undefined && kind === undefined) throw new TowlineError('INVALID_ARGUMENT', `'${place}' is neither dir:PATH nor zip:PATH`, { context: { usage: true } });
  if (exclude.length > 0 && kind !== 'dir') throw new TowlineError('INVALID_ARGUMENT', "'--exclude' is for folders: dir:PATH", { context: { usage: true } });
  if (kind === undefined) {
    const { runtime, holder } = openLocalStack(lent, endpoint);
    return { kind: 'localstack', holder, close: () => runtime.close() };
  }
  const at: StatePlace = { ...lent, path: resolve(cwd, path) };
  const holder = kind === 'dir' ? createFolderState({ ...at, exclude }) : createZipState(at);
  return { kind: kind === 'dir' ? 'dir' : 'zip', holder, close: () => Promise.resolve() };
}

/** A LocalStack, for what only that can do. */
export function openLocalStack(lent: PodsLent, said: string | undefined): { readonly runtime: LocalStackRuntime; readonly holder: StateHolder } {
  const endpoint = endpointOf(said, lent.env);
  const runtime = createRuntime(endpoint, lent);
  return { runtime, holder: createLocalStackState({ ...lent, endpoint, runtime }) };
}
