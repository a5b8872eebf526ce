import type { Setting } from './config.ts';
import type { Remote } from './remote.ts';

/** Where values come from, for messages; line 0 where there are no lines. */
export interface WrittenAt { readonly file: string; readonly line: number; readonly column?: number }

/** Values for options of a driver that no config file of ours holds, with the place they come from; what is undefined is left out. */
export function settingsOf(values: Readonly<Record<string, string | boolean | number | undefined>>, at: WrittenAt): ReadonlyMap<string, Setting> {
  const where = at.line === 0 ? at.file : `${at.file}:${at.line}`;
  return new Map(Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, settingOf(String(value), at, where)] as const])));
}

const settingOf = (value: string, { file, line }: WrittenAt, place: string): Setting => ({ value, written: value, level: 'environment', owner: 'towline', file, line, place });

/** A remote that no config file names. */
export const remoteOf = (url: string, settings: ReadonlyMap<string, Setting>, extra: Partial<Remote> = {}): Remote =>
  ({ name: '', url, layout: 'objects', jobs: undefined, settings, isTrusted: false, ...extra });
