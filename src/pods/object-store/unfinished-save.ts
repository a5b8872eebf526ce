import { parsePath } from '../../storage/path.ts';
import type { JournalKey } from '../../storage/transfer/journal.ts';
import type { TransferOptions } from '../../storage/transfer/task.ts';
import type { Expected } from '../../storage/verified.ts';

/** A number of a pod, and by whom it is claimed. */
export interface Claim { readonly id: string; readonly version: number }
/** What is remembered of a save while it lasts. */
export interface Unfinished { find(): Claim | undefined; note(claim: Claim): void; forget(): void }

/** A large state that a process was cut off from saving: the next one on this machine takes its claim up, and with it the parts that went. */
export function unfinishedSave(journal: NonNullable<TransferOptions['journal']>, target: string, { name, size, digest }: { readonly name: string; readonly size: number; readonly digest: string }): Unfinished {
  const key: JournalKey = { target, path: parsePath(`localstack-pod-${name}-claim`), size, expected: expectedOf(digest) };
  return {
    find() {
      const [, version, id] = /^(\d+) (.+)$/.exec(journal.find(key)?.token ?? '') ?? [];
      return version === undefined || id === undefined ? undefined : { id, version: Number(version) };
    },
    note: ({ id, version }) => { journal.save(key, { token: `${version} ${id}`, partSize: size, parts: [] }); },
    forget: () => { journal.forget(key); },
  };
}

/** What the bytes of a state must have. */
export const expectedOf = (digest: string): Expected => ({ name: 'sha256', value: digest.replace('sha256:', '') });
