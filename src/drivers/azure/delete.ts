import { hasCode, TowlineError } from '../../errors.ts';
import type { CallOptions, DeleteResult, ObjectName } from '../../storage/driver.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import { deleteTogether } from './batch.ts';
import type { Session } from './session.ts';

const SINGLES_AT_ONCE = 16;
/** Below this many, requests of their own at the same time are done sooner. */
const WORTH_A_BATCH = 8;

/** Deletes blobs or versions: many in one request, few and what a batch could not do one by one. */
export async function deleteObjects(session: Session, names: readonly ObjectName[], options: CallOptions = {}): Promise<readonly DeleteResult[]> {
  const rest = names.length < WORTH_A_BATCH ? names : await deleteTogether(session, names, options);
  const results = await inParallel(rest, SINGLES_AT_ONCE, async (name) => {
    try {
      await deleteOne(session, name, options);
      return name;
    } catch (error) {
      if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
      return { ...name, error };
    }
  });
  const single = new Map<ObjectName, DeleteResult>(rest.map((name, index) => [name, results[index] ?? name]));
  return names.map((name) => single.get(name) ?? name);
}

async function deleteOne(session: Session, name: ObjectName, { signal }: CallOptions): Promise<void> {
  const { client, keyOf } = session;
  const { path, versionId } = name;
  try {
    (await client.send({ method: 'DELETE', verb: 'delete', key: keyOf(path), query: { versionid: versionId }, signal })).cancel();
  } catch (error) {
    // A folder of an account with a hierarchical namespace is no object, so there is nothing to delete.
    const isGone = hasCode(error, 'NOT_FOUND') || (hasCode(error, 'UNAVAILABLE') && error.context['serviceCode'] === 'DirectoryIsNotEmpty');
    if (isGone) return;
    if (versionId !== undefined && hasCode(error, 'PERMISSION_DENIED') && error.context['serviceCode'] === 'OperationNotAllowedOnRootBlob') return deleteCurrent(session, { path, versionId }, signal);
    throw error;
  }
}

/** The current version cannot be deleted by its name: the blob is, if it still is that version, which leaves it as an earlier one. */
async function deleteCurrent({ client, keyOf }: Session, { path, versionId }: Required<ObjectName>, signal: AbortSignal | undefined): Promise<void> {
  const key = keyOf(path);
  const response = await client.send({ method: 'HEAD', verb: 'delete', key, query: { versionid: versionId }, signal });
  response.cancel();
  const etag = response.header('etag');
  try {
    (await client.send({ method: 'DELETE', verb: 'delete', key, headers: etag === undefined ? [] : [['if-match', etag]], signal })).cancel();
  } catch (error) {
    if (!hasCode(error, 'PRECONDITION_FAILED') && !hasCode(error, 'NOT_FOUND')) throw error;
  }
  (await client.send({ method: 'DELETE', verb: 'delete', key, query: { versionid: versionId }, signal })).cancel();
}
