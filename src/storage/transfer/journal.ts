import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Disk } from '../../disk/disk.ts';
import { makeFolders } from '../../disk/folders.ts';
import { listFolder, readFile } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import type { ProcessName, Runtime } from '../../runtime.ts';
import type { Part } from '../driver.ts';
import type { Path } from '../path.ts';
import type { Expected } from '../verified.ts';

/** What an upload in parts is recognised by: the same bytes for the same place. */
export interface JournalKey {
  /** `displayUrl` of the target. */
  readonly target: string;
  readonly path: Path;
  readonly size: number;
  readonly expected?: Expected;
}
/** What is known of an upload that was begun. */
export interface JournalEntry {
  /** A secret: some services put a key in it. */
  readonly token: string;
  readonly partSize: number;
  readonly parts: readonly Part[];
}
/** Remembers uploads in parts beyond the life of the process. Losing it costs time, never data. What another process is in the middle of is its own: neither found nor changed. */
export interface Journal {
  find(key: JournalKey): JournalEntry | undefined;
  save(key: JournalKey, entry: JournalEntry): void;
  forget(key: JournalKey): void;
}
export interface JournalOptions extends Pick<Runtime, 'now' | 'warn' | 'self' | 'isRunning'> {
  readonly disk: Disk;
  /** Older entries are forgotten: services drop unfinished uploads too. Default 7 days. */
  readonly keepDays?: number;
}

const FORMAT = 1;
const DAY_MS = 86_400_000;
const [NEAR_QUIET_MS, FAR_QUIET_MS] = [3_600_000, 600_000];

/** A journal in a folder: one small file for each upload, mode 0600 because a token is a secret. Described in docs/formats/journal.md. */
export function createJournal(folder: string, { disk, now, warn, self, isRunning, keepDays = 7 }: JournalOptions): Journal {
  const fileOf = (key: JournalKey): string => join(folder, `${nameOf(key)}.json`);
  const warned = <T>(path: string, act: () => T): T | undefined => {
    try {
      return act();
    } catch (error) {
      warn({ code: 'JOURNAL', text: `cannot use '${path}', so an interrupted transfer starts anew: ${error instanceof Error ? error.message : String(error)}` });
      return undefined;
    }
  };
  const isOld = (savedAt: number): boolean => now() - savedAt > keepDays * DAY_MS;
  const read = (path: string): Saved | undefined => warned(path, () => {
    const bytes = readFile(path);
    return bytes && parseSaved(bytes);
  });
  const isOthers = ({ by, savedAt }: Saved): boolean => {
    if (by === undefined || self === undefined || (by.host === self.host && by.pid === self.pid)) return false;
    // Numbers are given again, and of another machine's process nobody knows here whether it lives; while one does, it saves again and again.
    const isNear = by.host === self.host;
    return now() - savedAt < (isNear ? NEAR_QUIET_MS : FAR_QUIET_MS) && (!isNear || isRunning?.(by.pid) === true);
  };
  const isFree = (key: JournalKey): boolean => {
    const saved = read(fileOf(key));
    return saved === undefined || !isOthers(saved);
  };
  // Entries of uploads nobody asks for again would stay for ever.
  const sweep = once(() => {
    for (const { name } of listFolder(folder)) {
      const path = join(folder, name);
      if (!/^[0-9a-f]{64}\.json$/.test(name)) continue;
      const saved = read(path);
      if (saved && isOld(saved.savedAt)) disk.remove(path);
    }
  });
  return {
    find(key) {
      warned(folder, sweep);
      const saved = read(fileOf(key));
      return saved && saved.size === key.size && !isOld(saved.savedAt) && !isOthers(saved) ? saved : undefined;
    },
    save(key, { token, partSize, parts }) {
      const saved: Saved = { format: FORMAT, target: key.target, path: key.path, size: key.size, savedAt: now(), token, partSize, parts, ...(self && { by: self }) };
      warned(folder, () => {
        if (!isFree(key)) return;
        makeFolders(disk, dirname(folder));
        disk.makeFolder(folder, 0o700);
        replaceFile(disk, fileOf(key), `${JSON.stringify(saved)}\n`, { mode: 0o600, durable: false });
      });
    },
    forget(key) {
      warned(folder, () => { if (isFree(key)) disk.remove(fileOf(key)); });
    },
  };
}

interface Saved extends JournalEntry {
  readonly format: typeof FORMAT;
  /** For whoever looks into the folder. */
  readonly target: string;
  readonly path: string;
  readonly size: number;
  readonly savedAt: number;
  /** Who began or took up the upload. */
  readonly by?: ProcessName;
}

function nameOf({ target, path, size, expected }: JournalKey): string {
  return createHash('sha256').update(JSON.stringify([target, path, size, expected?.name, expected?.value])).digest('hex');
}

/** Checks everything: the file may be cut off, or of another version. */
function parseSaved(bytes: Uint8Array): Saved {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (!isSaved(value)) throw new Error('it is not a journal entry of this version');
  return value;
}

function isSaved(value: unknown): value is Saved {
  if (!isRecord(value) || value['format'] !== FORMAT || typeof value['token'] !== 'string' || typeof value['target'] !== 'string' || typeof value['path'] !== 'string') return false;
  const { size, savedAt, partSize, parts, by } = value;
  if (by !== undefined && !(isRecord(by) && typeof by['host'] === 'string' && isCount(by['pid']))) return false;
  return isCount(size) && isCount(savedAt) && isCount(partSize) && partSize > 0 && Array.isArray(parts) && parts.every((part) => isPart(part, size));
}

function isPart(value: unknown, size: number): value is Part {
  if (!isRecord(value) || typeof value['tag'] !== 'string') return false;
  const { number, start, end } = value;
  return isCount(number) && isCount(start) && isCount(end) && start < end && end <= size;
}

function isRecord(value: unknown): value is Record<string, unknown> & Partial<Saved> & Partial<Part> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
