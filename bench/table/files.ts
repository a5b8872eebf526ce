import { createHash, randomFillSync } from 'node:crypto';
import { appendFileSync, closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Server } from '../../test/servers/server.ts';
import { type Bench, BUCKET } from './place.ts';

const PER_FOLDER = 1000;
const MIB = 1 << 20;

/** So many files, 1,000 to a folder, each of as many bytes as `sizeOf` says; no two are equal. */
export function makeFiles(folder: string, count: number, sizeOf: (index: number) => number): string {
  const bytes = randomFillSync(Buffer.alloc(MIB));
  for (let index = 0; index < count; index += 1) {
    const below = join(folder, String(Math.floor(index / PER_FOLDER)));
    if (index % PER_FOLDER === 0) mkdirSync(below, { recursive: true });
    const start = (index * 13) % (MIB / 2);
    bytes.writeUInt32LE(index, start);
    writeFileSync(join(below, String(index)), bytes.subarray(start, start + sizeOf(index)));
  }
  return folder;
}

/** A large file that repeats one MiB, so that a server can give it without keeping it. */
export function makeLarge(path: string, mebibytes: number): { readonly md5: string; readonly block: Buffer } {
  const block = randomFillSync(Buffer.alloc(MIB));
  const hash = createHash('md5');
  const file = openSync(path, 'w');
  for (let index = 0; index < mebibytes; index += 1) {
    writeSync(file, block);
    hash.update(block);
  }
  closeSync(file);
  return { md5: hash.digest('hex'), block };
}

/** A repository of ours whose cache is not shared with another. */
export async function makeRepository({ sandbox }: Bench, folder: string, config = ''): Promise<string> {
  mkdirSync(folder, { recursive: true });
  await sandbox.git(['init', '-q'], { cwd: folder });
  mkdirSync(join(folder, '.dvc'));
  writeFileSync(join(folder, '.dvc/config'), config);
  writeFileSync(join(folder, '.dvc/.gitignore'), '/config.local\n/tmp\n/cache\n');
  return folder;
}

export interface RemoteAt { readonly server: Pick<S3Server, 'url' | 'region' | 'accessKeyId' | 'secretAccessKey'>; readonly prefix: string; readonly bucket?: string; readonly authority?: string }
/** One more remote of a repository, or of several. */
export function addRemote(folder: string, name: string, { server, prefix, bucket = BUCKET, authority }: RemoteAt): void {
  const lines = [
    `['remote "${name}"']`, `    url = s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`, `    endpointurl = ${server.url}`, `    region = ${server.region}`,
    `    access_key_id = ${server.accessKeyId}`, `    secret_access_key = ${server.secretAccessKey}`, ...(authority === undefined ? [] : [`    ssl_verify = ${authority}`]),
  ];
  appendFileSync(join(folder, '.dvc/config'), `${lines.join('\n')}\n`);
}
