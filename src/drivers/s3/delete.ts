import { hasCode } from '../../errors.ts';
import { type DeleteFailure, deletionBody, idOf, readDeletions } from '../../http/bucket-delete.ts';
import type { CallOptions, DeleteResult, ObjectName } from '../../storage/driver.ts';
import { bytesBody, payloadHash } from './body.ts';
import { encodeQuery } from './encoding.ts';
import { md5Base64 } from './entry.ts';
import { refused } from './errors.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import type { Session } from './session.ts';

const ANSWER_BYTES = 8 * 1024 * 1024;
const SINGLES_AT_ONCE = 16;

/** Deletes objects or versions in one request, one by one where the service has no such request. */
export async function deleteObjects(session: Session, names: readonly ObjectName[], options: CallOptions = {}): Promise<readonly DeleteResult[]> {
  if (names.length === 0) return [];
  const known = session.client.knownProfile();
  if (names.length === 1 || known?.deleteBatch === 1) return deleteSingly(session, names, options);
  try {
    return await deleteBatch(session, names, options);
  } catch (error) {
    if (!hasCode(error, 'UNSUPPORTED')) throw error;
    return deleteSingly(session, names, options);
  }
}

function deleteSingly({ client, keyOf }: Session, names: readonly ObjectName[], { signal }: CallOptions): Promise<readonly DeleteResult[]> {
  return inParallel(names, SINGLES_AT_ONCE, async (name) => {
    try {
      (await client.send({ method: 'DELETE', verb: 'delete', key: keyOf(name.path), query: encodeQuery({ versionId: name.versionId }), signal })).cancel();
      return name;
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return name;
      if (hasCode(error, 'ABORTED') || !(error instanceof Error) || names.length === 1) throw error;
      return { ...name, error };
    }
  });
}

async function deleteBatch(session: Session, names: readonly ObjectName[], { signal }: CallOptions): Promise<readonly DeleteResult[]> {
  const { client, keyOf } = session;
  const objects = names.map(({ path, versionId }) => ({ key: keyOf(path), versionId }));
  const bytes = deletionBody(objects, { attributes: ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', isQuiet: true });
  const body = bytesBody(bytes);
  const { text } = await client.ask({
    method: 'POST', verb: 'delete objects in', query: 'delete=', body, payloadHash: await payloadHash(body, session), signal,
    headers: [['content-md5', md5Base64(bytes)], ['content-type', 'application/xml']],
  }, ANSWER_BYTES);
  const failures = text.trim() === '' ? new Map<string, DeleteFailure>() : readDeletions(text).failures;
  return names.map((name) => {
    const key = keyOf(name.path);
    const failure = failures.get(idOf({ key, versionId: name.versionId })) ?? failures.get(idOf({ key }));
    if (failure === undefined || failure.code === 'NoSuchKey' || failure.code === 'NoSuchVersion') return name;
    return { ...name, error: refused({ status: 200, ...failure }, { verb: 'delete', where: client.where(key) }) };
  });
}
