import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hdfs } from '../../src/drivers/hdfs/index.ts';
import type { With } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import type { Source } from '../../src/storage/source.ts';
import { openDriver } from '../lent.ts';
import type { HadoopServer } from '../servers/hadoop.ts';

export type HdfsDriver = With<'write' | 'list' | 'delete' | 'upload'>;

/** A driver for a folder of alice's. */
export async function openHdfs(server: HadoopServer, folder: string, settings: Readonly<Record<string, string>> = {}): Promise<HdfsDriver> {
  return await openDriver(hdfs, `hdfs://localhost:${server.rpcPort}/user/alice/${folder}`, { home: server.folder, settings: { user: 'alice', ...settings } }) as HdfsDriver;
}

export async function bytesOf(driver: HdfsDriver, path: string, range: { readonly start?: number; readonly end?: number } = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await driver.read(parsePath(path), range)).body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A source that has something done when so many of its bytes are taken. */
export function interrupted(bytes: Uint8Array, at: number, act: () => Promise<void>): Source {
  return {
    size: bytes.byteLength,
    async *open() {
      for (let start = 0; start < bytes.byteLength; start += 65_536) {
        if (start <= at && at < start + 65_536) await act();
        yield bytes.subarray(start, start + 65_536);
      }
    },
  };
}

/** The files in which the data nodes keep blocks, by the numbers of the blocks; those of the newest file last. */
export function blockFiles(server: HadoopServer): readonly string[] {
  const folder = join(server.folder, 'data/dfs/data');
  const number = (path: string): number => Number(/blk_(\d+)$/.exec(path)?.[1]);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\/blk_\d+$/.test(name)).sort((one, other) => number(one) - number(other)).map((name) => join(folder, name));
}

