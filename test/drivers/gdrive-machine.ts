import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { TowlineError } from '../../src/errors.ts';
import type { Path } from '../../src/storage/path.ts';
import { fromBytes, type Source } from '../../src/storage/source.ts';
import { type DriveFake, startDriveFake } from '../servers/drive-fake.ts';
import { type DriveDriver, type DriveRemote, openDrive } from '../servers/open-drive.ts';

export const text = (words: string): Source => fromBytes(Buffer.from(words));
export const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
export const noise = (size: number): Buffer => Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 255));
/** Bytes that come in chunks, not from memory. */
export const streamed = (bytes: Uint8Array): Source => ({
  size: bytes.byteLength,
  async *open({ start = 0, end = bytes.byteLength } = {}) { for (let at = start; at < end; at += 65_536) yield bytes.subarray(at, Math.min(at + 65_536, end)); },
});

/** A Drive of its own for one test, with what opens remotes on it. */
export interface DriveMachine {
  readonly fake: DriveFake;
  open(remote?: DriveRemote): Promise<DriveDriver>;
  /** How many requests were "METHOD PATH?QUERY" of this form. */
  asked(pattern: RegExp): number;
  stop(): Promise<void>;
}
export async function createDriveMachine(): Promise<DriveMachine> {
  const fake = await startDriveFake();
  const opened: DriveDriver[] = [];
  return {
    fake,
    async open(remote) {
      const driver = await openDrive(fake, remote);
      opened.push(driver);
      return driver;
    },
    asked: (pattern) => fake.requests.filter(({ method, path, query }) => pattern.test(`${method} ${path}?${query.toString()}`)).length,
    async stop() {
      for (const driver of opened) await driver.close?.();
      await fake.stop();
    },
  };
}

export async function readText(driver: DriveDriver, path: Path): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await driver.read(path)).body) chunks.push(chunk.slice());
  return Buffer.concat(chunks).toString();
}

/** What a promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<TowlineError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof TowlineError) return error;
    throw error;
  }
  return assert.fail('it succeeded');
}
