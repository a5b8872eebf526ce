import type { Duplex } from 'node:stream';
import { TowlineError } from '../../errors.ts';
import { connectionLost, SftpStatus } from './errors.ts';
import { createSplitter, encodePacket, type Field, type FieldReader, MESSAGE, readFields } from './sftp-packet.ts';

/** An answer that is not a failure. */
export interface Reply { readonly type: number; readonly fields: FieldReader }

/** One SFTP conversation. Requests may be sent without waiting for the answers before. */
export interface SftpSession {
  /** Resolves with the answer; rejects with SftpStatus when the server says no, with UNAVAILABLE when the connection is lost. */
  request(type: number, fields: readonly Field[]): Promise<Reply>;
  readonly extensions: ReadonlyMap<string, string>;
  /** The most bytes for one read or write request. */
  readonly limits: { readonly read: number; readonly write: number };
  isOpen(): boolean;
  /** What is under way fails with `reason`. */
  end(reason?: Error): void;
}

interface Waiting { resolve(reply: Reply): void; reject(error: Error): void }

/** OpenSSH sends no packet above this, and no other server should. */
const PACKET_LIMIT = 256 * 1024 + 1024;
/** Every server must take a packet of 34,000 bytes, so data of this size always fit. */
const SAFE_BYTES = 32 * 1024;
/** 128 MB took a quarter less CPU in requests of this size than of 32 KiB (OpenSSH 9.2, 420 and 310 ms); larger ones gained nothing. */
const MOST_BYTES = 128 * 1024;

/** Shakes hands over `stream`, which belongs to the session from now on. */
export async function openSession(stream: Duplex): Promise<SftpSession> {
  const waiting = new Map<number, Waiting>();
  const send = createSender(stream);
  let lastId = 0;
  let failure: Error | undefined;

  const fail = (error: Error): void => {
    if (failure) return;
    failure = error;
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
    stream.destroy();
  };
  const hello = new Promise<FieldReader>((resolve, reject) => { waiting.set(-1, { resolve: (reply) => { resolve(reply.fields); }, reject }); });
  const split = createSplitter((packet) => { dispatch(packet, waiting); }, PACKET_LIMIT);
  const onData = (chunk: Buffer): void => {
    try {
      split(chunk);
    } catch (error) {
      fail(error as Error);
    }
  };
  const onEnd = (cause?: Error): void => { fail(cause instanceof TowlineError ? cause : connectionLost(cause)); };
  // A stream that ends with an error says so after its 'end', so that one waits for 'close'; ssh2's channels have only 'end'.
  stream.on('data', onData).on('error', onEnd).on('close', onEnd).on('end', () => { setImmediate(onEnd); });
  send(encodePacket(MESSAGE.init, [3]));
  const extensions = readVersion(await hello);

  const session: SftpSession = {
    request(type, fields) {
      if (failure) return Promise.reject(failure);
      lastId = (lastId + 1) % 0x7fffffff;
      const id = lastId;
      const reply = new Promise<Reply>((resolve, reject) => { waiting.set(id, { resolve, reject }); });
      send(encodePacket(type, [id, ...fields]));
      return reply;
    },
    extensions,
    limits: { read: SAFE_BYTES, write: SAFE_BYTES },
    isOpen: () => failure === undefined,
    end: (reason) => { fail(reason ?? new TowlineError('ABORTED', 'the connection was closed')); },
  };
  return { ...session, limits: await askLimits(session) };
}

function dispatch(packet: Buffer, waiting: Map<number, Waiting>): void {
  const type = packet[0] ?? 0;
  const id = type === MESSAGE.version ? -1 : packet.readUInt32BE(1);
  const one = waiting.get(id);
  if (one === undefined) throw new TowlineError('CORRUPT', 'the SFTP server answered what was not asked');
  waiting.delete(id);
  const fields = readFields(packet, type === MESSAGE.version ? 1 : 5);
  if (type !== MESSAGE.status) {
    one.resolve({ type, fields });
    return;
  }
  const code = fields.uint32();
  // Some old servers leave the text out.
  if (code === 0) one.resolve({ type, fields });
  else one.reject(new SftpStatus(code, fields.hasMore() ? fields.text() : ''));
}

function readVersion(fields: FieldReader): ReadonlyMap<string, string> {
  const version = fields.uint32();
  if (version < 3) throw new TowlineError('UNSUPPORTED', `the server speaks SFTP version ${version}; version 3 is needed`);
  const extensions = new Map<string, string>();
  while (fields.hasMore()) extensions.set(fields.text(), fields.text());
  return extensions;
}

async function askLimits(session: SftpSession): Promise<SftpSession['limits']> {
  if (session.extensions.get('limits@openssh.com') !== '1') return session.limits;
  const { fields } = await session.request(MESSAGE.extended, ['limits@openssh.com']);
  fields.uint64();
  const [read, write] = [fields.uint64(), fields.uint64()];
  const within = (offered: number): number => (offered === 0 ? SAFE_BYTES : Math.min(offered, MOST_BYTES));
  return { read: within(read), write: within(write) };
}

/** Joins the packets of one turn of the event loop into few writes: each write becomes an encrypted packet of its own and a system call. */
function createSender(stream: Duplex): (packet: Buffer) => void {
  let queue: Buffer[] = [];
  let size = 0;
  const flush = (): void => {
    if (queue.length === 0) return;
    const [first] = queue;
    const bytes = queue.length === 1 && first ? first : Buffer.concat(queue, size);
    queue = [];
    size = 0;
    if (stream.writable) stream.write(bytes);
  };
  return (packet) => {
    if (queue.length === 0) setImmediate(flush);
    queue.push(packet);
    size += packet.byteLength;
    if (size < SAFE_BYTES) return;
    flush();
  };
}
