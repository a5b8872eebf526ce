import { randomBytes } from 'node:crypto';
import { hasCode, TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import { gather } from '../../storage/content.ts';
import type { Source } from '../../storage/source.ts';
import { measure } from '../measure.ts';
import type { Pod, PodStore, PodVersion } from '../pod.ts';
import { FORMAT_BYTES, parseHeader } from './header.ts';
import { COSTS, deriveKey, headerOf, keyFor, type PodKey, stateKey } from './key.ts';
import { sealed, unsealed } from './sealed-source.ts';

/** Pods whose states leave this machine encrypted, and come back as they were. Their names, and what is said of them, can be read by whoever reads the remote. docs/formats/pods-encrypted.md. */
export function encryptedPods(inner: PodStore, secret: string): PodStore {
  if (secret === '') throw new TowlineError('INVALID_ARGUMENT', 'the secret is empty', { context: { usage: true } });
  return {
    ...inner,
    async save(name, state, { isLayered, notes, ...options }) {
      if (isLayered === true) throw new TowlineError('INVALID_ARGUMENT', "'--layered' and '--secret' exclude each other: what is encrypted differs as a whole each time", { context: { usage: true } });
      const call = options.signal === undefined ? {} : { signal: options.signal };
      const key = (await keyBefore(inner, { name, secret }, call)) ?? (await deriveKey(secret, { ...COSTS, salt: randomBytes(16) }));
      const size = state.size ?? (await measure(state, call)).size;
      const nonce = randomBytes(16);
      return await inner.save(name, sealed({ ...state, size }, { key: stateKey(key, nonce), header: headerOf(key, nonce), chunkBytes: 65536 }), { ...options, notes: { ...notes, keyId: key.keyId.toString('hex') } });
    },
    async load(name, version, options = {}): Promise<Pod> {
      const { about, state } = await inner.load(name, version, options);
      const where = `pod '${name}:${about.version}' on ${inner.displayUrl}`;
      const header = await headerIn(state, where, options);
      if (header === undefined) throw new TowlineError('PRECONDITION_FAILED', `${where} is not encrypted, although a secret was given`, { hint: 'Somebody may have replaced it. To load it all the same, leave the secret away.' });
      const key = await keyFor(secret, header.parsed, where);
      const plain = unsealed({ ...state, size: header.size }, { seal: { key: stateKey(key, header.parsed.nonce), header: header.bytes, chunkBytes: 2 ** header.parsed.logChunk }, where });
      // Its digest is that of what is stored, and no longer says anything of what is given.
      const { digest: _digest, ...rest } = about;
      return { about: rest, state: plain };
    },
  };
}

/** Pods where no secret was given: an encrypted one is named so, and none of its versions is stored in the clear by mistake. */
export function plainPods(inner: PodStore): PodStore {
  return {
    ...inner,
    async save(name, state, options) {
      const keyId = (await latest(inner, name, options.signal === undefined ? {} : { signal: options.signal }))?.about.keyId;
      if (keyId !== undefined) throw new TowlineError('PRECONDITION_FAILED', `pod '${name}' on ${inner.displayUrl} is encrypted (key ${keyId}), and this version would not be`, { hint: 'Give its secret, or save under another name.' });
      return await inner.save(name, state, options);
    },
    async load(name, version, options) {
      const pod = await inner.load(name, version, options);
      if (pod.about.keyId === undefined) return pod;
      throw encrypted(pod.about, inner.displayUrl);
    },
  };
}

const encrypted = ({ name, version, keyId }: PodVersion, displayUrl: string): TowlineError =>
  new TowlineError('UNAUTHENTICATED', `pod '${name}:${version}' on ${displayUrl} is encrypted (key ${keyId ?? ''})`, { hint: "Give its secret: '--secret -' asks for it, TOW_POD_SECRET holds it for a script." });

async function latest(inner: PodStore, name: string, call: CallOptions): Promise<Pod | undefined> {
  return await inner.load(name, undefined, call).catch((error: unknown) => {
    // One that cannot be read says nothing of the next.
    if (hasCode(error, 'NOT_FOUND') || hasCode(error, 'CORRUPT')) return undefined;
    throw error;
  });
}

/** One secret is one key in all versions of a pod, so that its id tells which secret that was. */
async function keyBefore(inner: PodStore, { name, secret }: { readonly name: string; readonly secret: string }, call: CallOptions): Promise<PodKey | undefined> {
  const before = await latest(inner, name, call);
  if (before?.about.keyId === undefined) return undefined;
  const where = `pod '${name}'`;
  const header = await headerIn(before.state, where, call);
  return header && (await keyFor(secret, header.parsed, where).catch((error: unknown) => {
    if (hasCode(error, 'UNAUTHENTICATED')) return undefined;
    throw error;
  }));
}

async function headerIn(state: Source, where: string, call: CallOptions): Promise<{ readonly parsed: NonNullable<ReturnType<typeof parseHeader>>; readonly bytes: Buffer; readonly size: number } | undefined> {
  if (state.size === undefined || state.size < FORMAT_BYTES) return undefined;
  const bytes = Buffer.from(await gather(state.open({ ...call, start: 0, end: FORMAT_BYTES }), FORMAT_BYTES));
  const parsed = parseHeader(bytes, where);
  return parsed && { parsed, bytes, size: state.size };
}
