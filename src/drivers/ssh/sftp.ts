import { TowlineError } from '../../errors.ts';
import { hasStatus, STATUS } from './errors.ts';
import { type Attributes, type Field, MESSAGE, readAttributes } from './sftp-packet.ts';
import type { Reply, SftpSession } from './sftp-session.ts';

/** The server's name for an open file or folder. */
export type Handle = Uint8Array;
/** One name in a folder. */
export interface NamedAttributes { readonly name: string; readonly attributes: Attributes }

/** Opens a file; `how` is a sum of `OPEN`. */
export async function openFile(session: SftpSession, path: string, how: number): Promise<Handle> {
  return handleOf(await session.request(MESSAGE.open, [path, how, 0]));
}
export async function closeHandle(session: SftpSession, handle: Handle): Promise<void> {
  await session.request(MESSAGE.close, [handle]);
}

/** Bytes from `start` on, maybe fewer than asked for; none at the end of the file. */
export async function readAt(session: SftpSession, handle: Handle, { start, length }: { readonly start: number; readonly length: number }): Promise<Uint8Array> {
  try {
    return expect(await session.request(MESSAGE.read, [handle, BigInt(start), length]), MESSAGE.data).fields.bytes();
  } catch (error) {
    if (hasStatus(error, STATUS.endOfFile)) return new Uint8Array();
    throw error;
  }
}
/** The bytes are copied before this returns, so their owner may reuse them at once. */
export async function writeAt(session: SftpSession, handle: Handle, { start, bytes }: { readonly start: number; readonly bytes: Uint8Array }): Promise<void> {
  await session.request(MESSAGE.write, [handle, BigInt(start), bytes]);
}

export async function statPath(session: SftpSession, path: string): Promise<Attributes> {
  return readAttributes(expect(await session.request(MESSAGE.stat, [path]), MESSAGE.attrs).fields);
}
export async function statHandle(session: SftpSession, handle: Handle): Promise<Attributes> {
  return readAttributes(expect(await session.request(MESSAGE.fstat, [handle]), MESSAGE.attrs).fields);
}
/** Like statPath, but undefined when nothing is there. */
export async function findPath(session: SftpSession, path: string): Promise<Attributes | undefined> {
  try {
    return await statPath(session, path);
  } catch (error) {
    if (hasStatus(error, STATUS.noSuchFile)) return undefined;
    throw error;
  }
}
export async function realPath(session: SftpSession, path: string): Promise<string> {
  const { fields } = expect(await session.request(MESSAGE.realpath, [path]), MESSAGE.name);
  fields.uint32();
  return fields.text();
}

export async function openFolder(session: SftpSession, path: string): Promise<Handle> {
  return handleOf(await session.request(MESSAGE.opendir, [path]));
}
/** The next names of an open folder, as many as the server gives at once; none at the end. Links are not followed. */
export async function readNames(session: SftpSession, handle: Handle): Promise<readonly NamedAttributes[]> {
  try {
    const { fields } = expect(await session.request(MESSAGE.readdir, [handle]), MESSAGE.name);
    const names: NamedAttributes[] = [];
    for (let left = fields.uint32(); left > 0; left -= 1) {
      const name = fields.text();
      fields.bytes();
      names.push({ name, attributes: readAttributes(fields) });
    }
    return names;
  } catch (error) {
    if (hasStatus(error, STATUS.endOfFile)) return [];
    throw error;
  }
}

export async function makeFolder(session: SftpSession, path: string): Promise<void> {
  await session.request(MESSAGE.mkdir, [path, 0]);
}
export async function removeFile(session: SftpSession, path: string): Promise<void> {
  await session.request(MESSAGE.remove, [path]);
}
/** The draft forbids it to replace an existing file; some servers replace all the same. */
export async function renameFile(session: SftpSession, from: string, to: string): Promise<void> {
  await session.request(MESSAGE.rename, [from, to]);
}

/** What a server may offer beyond version 3; the version text must be the one we know. */
const EXTENSIONS = { 'posix-rename@openssh.com': '1', 'hardlink@openssh.com': '1', 'fsync@openssh.com': '1', 'copy-data': '1' } as const;
export type Extension = keyof typeof EXTENSIONS;

export function offers(session: SftpSession, extension: Extension): boolean {
  return session.extensions.get(extension) === EXTENSIONS[extension];
}
export async function extended(session: SftpSession, extension: Extension, fields: readonly Field[]): Promise<void> {
  await session.request(MESSAGE.extended, [extension, ...fields]);
}

function handleOf(reply: Reply): Handle {
  // The packet it lies in may be a view of a larger buffer, which a long-lived handle would keep.
  return expect(reply, MESSAGE.handle).fields.bytes().slice();
}
function expect(reply: Reply, type: number): Reply {
  if (reply.type === type) return reply;
  throw new TowlineError('CORRUPT', `the SFTP server answered with message ${reply.type} where ${type} belongs`);
}
