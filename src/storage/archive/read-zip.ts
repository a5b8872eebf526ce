import yauzl from 'yauzl';
import { gather } from '../content.ts';
import { TowlineError } from '../../errors.ts';
import { type Member, refused } from './members.ts';

const TYPE = 0o170000;
const [LINK, FOLDER, FILE] = [0o120000, 0o040000, 0o100000];
const LONGEST_LINK = 4096;

/** The members of a zip, one after the other. yauzl checks sizes, sums and names itself. */
export async function* readZip(file: string): AsyncGenerator<Member> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, opened) => { if (error) reject(broken(error)); else resolve(opened); });
  });
  try {
    for (let entry = await next(zip); entry !== undefined; entry = await next(zip)) yield await memberOf(zip, entry);
  } finally {
    zip.close();
  }
}

function next(zip: yauzl.ZipFile): Promise<yauzl.Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => (): void => {
      zip.removeAllListeners();
      act();
    };
    zip.once('entry', (entry: yauzl.Entry) => { settle(() => { resolve(entry); })(); });
    zip.once('end', settle(() => { resolve(undefined); }));
    zip.once('error', (error: Error) => { settle(() => { reject(broken(error)); })(); });
    zip.readEntry();
  });
}

async function memberOf(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Member> {
  const name = entry.fileName;
  // Only archives made on Unix say what kind a member is.
  const mode = entry.versionMadeBy >> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0;
  const type = mode & TYPE;
  if (entry.isEncrypted()) throw refused(`${JSON.stringify(name)} is encrypted`);
  if (name.endsWith('/') || type === FOLDER) return { kind: 'folder', name };
  if (type === LINK) return { kind: 'link', name, text: Buffer.from(await gather(contentOf(zip, entry), LONGEST_LINK)).toString() };
  if (type !== 0 && type !== FILE) throw refused(`${JSON.stringify(name)} is a device or a pipe`);
  return { kind: 'file', name, isExecutable: (mode & 0o100) !== 0, ...(mode !== 0 && { mode: mode & 0o777 }), open: () => contentOf(zip, entry) };
}

async function* contentOf(zip: yauzl.ZipFile, entry: yauzl.Entry): AsyncGenerator<Uint8Array> {
  try {
    const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      zip.openReadStream(entry, (error, opened) => { if (error) reject(error); else resolve(opened); });
    });
    for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  } catch (error) {
    throw error instanceof TowlineError ? error : broken(error);
  }
}

const broken = (cause: unknown): TowlineError => refused(cause instanceof Error ? cause.message : 'it is no zip');
