import { decodeKey } from './bucket-listing.ts';
import { decodeText, encodeText, scanXml } from './xml.ts';

/** One object or version of a bucket. */
export interface BucketName {
  readonly key: string;
  readonly versionId?: string | undefined;
}
/** Why one of many was not deleted. */
export interface DeleteFailure {
  readonly code: string;
  readonly message: string;
}
/** What the answer to a request for many deletions says, by `idOf`. */
export interface DeleteAnswer {
  readonly deleted: ReadonlySet<string>;
  readonly failures: ReadonlyMap<string, DeleteFailure>;
}

export const idOf = ({ key, versionId }: BucketName): string => JSON.stringify([key, versionId ?? '']);

/** The body of such a request. A quiet service answers with failures only. */
export function deletionBody(names: readonly BucketName[], { attributes = '', isQuiet }: { readonly attributes?: string; readonly isQuiet: boolean }): Uint8Array {
  const objects = names.map(({ key, versionId }) => `<Object><Key>${encodeText(key)}</Key>${versionId === undefined ? '' : `<VersionId>${encodeText(versionId)}</VersionId>`}</Object>`);
  return Buffer.from(`<Delete${attributes}><Quiet>${isQuiet}</Quiet>${objects.join('')}</Delete>`);
}

export function readDeletions(xml: string): DeleteAnswer {
  const deleted: BucketName[] = [];
  const failed: (BucketName & DeleteFailure)[] = [];
  const page = new Map<string, string>();
  let row: Map<string, string> | undefined;
  scanXml(xml, {
    open: (name) => void (row = name === 'Error' || name === 'Deleted' ? new Map() : undefined),
    leaf: (name, raw) => void (row ?? page).set(name, decodeText(raw)),
    close(name) {
      const key = row?.get('Key') ?? '';
      if (name === 'Deleted' && row) deleted.push({ key, versionId: row.get('VersionId') });
      if (name === 'Error' && row) failed.push({ key, versionId: row.get('VersionId'), code: row.get('Code') ?? 'UnknownError', message: row.get('Message') ?? '' });
      row = undefined;
    },
  });
  const decode = page.get('EncodingType') === 'url' ? decodeKey : (key: string): string => key;
  return {
    deleted: new Set(deleted.map(({ key, versionId }) => idOf({ key: decode(key), versionId }))),
    failures: new Map(failed.map(({ key, versionId, code, message }) => [idOf({ key: decode(key), versionId }), { code, message }])),
  };
}
