import { TowlineError } from '../errors.ts';
import type { Oid } from '../odb/hash-info.ts';
import { type OidSet, oidSet } from '../odb/oid-set.ts';
import type { CallOptions } from '../storage/call.ts';
import type { ForRemote } from './collect/by-remote.ts';
import type { DataRemote } from './data-remote.ts';
import type { Fault } from './fault.ts';
import type { Lent, Repo } from './repo.ts';

/** What was read from one remote, and what could not be. */
export interface Taken {
  readonly fetched: number;
  readonly bytes: number;
  readonly failed: readonly Fault[];
  readonly missing: readonly Fault[];
}

/**
 * Reads from a remote what `take` is after; what it lacks, has damaged, or cannot give because it is not to be reached, from its mirrors in their order. Each is told of in a
 * warning. Without mirrors a remote's failure is the caller's, as it is.
 */
export async function takeWithMirrors(repo: Repo, { remote, selected }: ForRemote, options: CallOptions & { readonly take: (from: DataRemote) => Promise<Taken> }): Promise<Taken> {
  const { take, ...call } = options;
  const mirrors = [...mirrorsOf(repo.lent, remote)];
  if (mirrors.length === 0) return await take(remote);
  const probe = oidSet(selected.flatMap(({ output: { hash } }) => (hash ? [hash.value] : [])).slice(0, 1));
  const outputs = selected.map(({ output }) => output);
  const attempt = async (from: DataRemote): Promise<Taken> => {
    try {
      // One question first: what cannot be reached is not asked for each of a million objects, again and again.
      await ask(from, { probe, outputs, ...call });
      return await take(from);
    } catch (error) {
      if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
      warnOf(repo, from, error);
      return { fetched: 0, bytes: 0, missing: [], failed: selected.flatMap(({ output }) => (output.hash ? [{ oid: output.hash.value, path: output.path, reason: error.message }] : [])) };
    }
  };
  try {
    let taken = await attempt(remote);
    for (const mirror of mirrors) {
      if (taken.failed.length + taken.missing.length === 0) break;
      const more = await attempt(mirror);
      if (more.fetched > 0) repo.lent.warn({ code: 'FROM_MIRROR', text: `${more.fetched} file${more.fetched === 1 ? '' : 's'} came from '${mirror.name}', a mirror: '${remote.name}' could not give ${more.fetched === 1 ? 'it' : 'them'}. 'tow remote copy ${mirror.name} ${remote.name}' brings what it lacks, 'tow remote verify ${remote.name} --repair --from ${mirror.name}' what it has damaged.` });
      taken = { fetched: taken.fetched + more.fetched, bytes: taken.bytes + more.bytes, ...stillFaulty(taken, more) };
    }
    return taken;
  } finally {
    for (const mirror of mirrors) await mirror.close();
  }
}

/** What the remote answers, or the first of its mirrors that does; what fails last fails. All are closed. */
export async function firstToAnswer<T>(repo: Repo, remote: DataRemote, take: (from: DataRemote) => Promise<T>): Promise<T> {
  const all = [remote, ...mirrorsOf(repo.lent, remote)];
  try {
    for (const from of all.slice(0, -1)) {
      try {
        return await take(from);
      } catch (error) {
        if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
        warnOf(repo, from, error);
      }
    }
    return await take(all.at(-1) ?? remote);
  } finally {
    for (const one of all) await one.close();
  }
}

const warnOf = (repo: Repo, from: DataRemote, error: TowlineError): void => repo.lent.warn({ code: 'REMOTE_UNREACHABLE', text: `remote '${from.name}' cannot be read from: ${error.message}` });

/** A mirror that is not configured as it should be is said so, and hides no other. */
export function* mirrorsOf({ warn }: Pick<Lent, 'warn'>, remote: DataRemote): Generator<DataRemote> {
  for (const open of remote.mirrors) {
    try {
      yield open();
    } catch (error) {
      if (!(error instanceof TowlineError)) throw error;
      warn({ code: 'MIRROR_UNKNOWN', text: `a mirror of '${remote.name}' is not asked: ${error.message}` });
    }
  }
}

async function ask(from: DataRemote, { probe, outputs, ...call }: CallOptions & { readonly probe: OidSet; readonly outputs: Parameters<DataRemote['objects']>[1] }): Promise<void> {
  for (const oid of probe.oids()) {
    const name = [...(outputs ?? [])].find(({ hash }) => hash?.value === oid)?.hash?.name ?? 'md5';
    await (await from.objects(name, outputs)).present(probe, call);
  }
}

/** What is still not here, for the reason that was found first: a damaged object is not merely missing because a mirror does not have it either. */
function stillFaulty(before: Taken, after: Taken): Pick<Taken, 'failed' | 'missing'> {
  const known = new Map<Oid, { readonly fault: Fault; readonly isFailure: boolean }>();
  for (const { failed, missing } of [after, before]) {
    for (const fault of missing) known.set(fault.oid, { fault, isFailure: false });
    for (const fault of failed) known.set(fault.oid, { fault, isFailure: true });
  }
  const left = new Set([...after.failed, ...after.missing].map(({ oid }) => oid));
  const faults = [...left].flatMap((oid) => known.get(oid) ?? []);
  return { failed: faults.filter(({ isFailure }) => isFailure).map(({ fault }) => fault), missing: faults.filter(({ isFailure }) => !isFailure).map(({ fault }) => fault) };
}
