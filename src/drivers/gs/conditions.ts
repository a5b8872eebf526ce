import { TowlineError } from '../../errors.ts';
import type { WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { lookAt } from './read.ts';
import { hexEtag } from './resource.ts';
import type { Session } from './session.ts';

/** What an upload says of the object beside its bytes. */
export interface Metadata {
  readonly name: string;
  readonly contentType: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export const metadataOf = (name: string, { contentType = 'application/octet-stream', metadata }: WriteOptions): Metadata => ({ name, contentType, ...(metadata && { metadata }) });

/** The condition of `mode` as a query. The service compares generations, so an ETag is looked up first; what happens in between is noticed. */
export async function conditionQuery(session: Session, path: Path, { mode = 'overwrite', signal }: WriteOptions): Promise<{ readonly ifGenerationMatch?: string }> {
  if (mode === 'overwrite') return {};
  if (mode === 'create') return { ifGenerationMatch: '0' };
  const { client, keyOf } = session;
  const where = client.where(keyOf(path));
  const found = await lookAt(session, keyOf(path), { ...(signal && { signal }) }).catch((error: unknown) => {
    if (error instanceof TowlineError && error.code === 'NOT_FOUND') throw new TowlineError('PRECONDITION_FAILED', `${where} is no longer there`, { cause: error });
    throw error;
  });
  const { generation, etag } = found;
  if (generation === undefined || etag === undefined || mode.ifMatch !== hexEtag(etag)) throw new TowlineError('PRECONDITION_FAILED', `${where} has changed`);
  return { ifGenerationMatch: generation };
}

/** The service says "precondition failed" for both modes. */
export function asExisting(error: unknown, mode: WriteOptions['mode']): unknown {
  if (mode !== 'create' || !(error instanceof TowlineError) || error.code !== 'PRECONDITION_FAILED') return error;
  return new TowlineError('ALREADY_EXISTS', error.message.replace('it has changed', 'it exists already'), { cause: error, context: error.context });
}
