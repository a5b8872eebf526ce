import { hasCode, TowlineError } from '../../errors.ts';
import { type DeleteAnswer, deletionBody, idOf, readDeletions } from '../../http/bucket-delete.ts';
import { md5Base64 } from '../../storage/content-md5.ts';
import type { CallOptions, DeleteResult, ObjectName } from '../../storage/driver.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import { bytesBody } from '../../storage/request-body.ts';
import { refused } from './errors.ts';
import type { Session } from './session.ts';

const ANSWER_BYTES = 8 * 1024 * 1024;
const SINGLES_AT_ONCE = 16;

/** Deletes objects or versions in one request. */
export async function deleteObjects(session: Session, names: readonly ObjectName[], options: CallOptions = {}): Promise<readonly DeleteResult[]> {
  if (names.length <= 1) return deleteSingly(session, names, options);
  let answer: DeleteAnswer;
  try {
    answer = await askMany(session, names, options);
  } catch (error) {
    if (!hasCode(error, 'UNSUPPORTED')) throw error;
    return deleteSingly(session, names, options);
  }
  return settle(session, names, { answer, options });
}

/** OSS names what it has deleted and says nothing of the rest: that is asked for one by one, so that each failure has its reason. */
async function settle(session: Session, names: readonly ObjectName[], { answer, options }: { readonly answer: DeleteAnswer; readonly options: CallOptions }): Promise<readonly DeleteResult[]> {
  const { client, keyOf } = session;
  const idsOf = ({ path, versionId }: ObjectName): readonly string[] => [idOf({ key: keyOf(path), versionId }), idOf({ key: keyOf(path) })];
  const failureOf = (name: ObjectName): DeleteResult | undefined => {
    const failure = idsOf(name).map((id) => answer.failures.get(id)).find((one) => one !== undefined);
    return failure && { ...name, error: refused({ status: 200, ...failure }, { verb: 'delete', where: client.where(keyOf(name.path)) }) };
  };
  const silent = names.filter((name) => failureOf(name) === undefined && !idsOf(name).some((id) => answer.deleted.has(id)));
  const asked = new Map((await deleteSingly(session, silent, options)).map((result) => [idsOf(result)[0], result]));
  return names.map((name) => asked.get(idsOf(name)[0]) ?? failureOf(name) ?? name);
}

function deleteSingly({ client, keyOf }: Session, names: readonly ObjectName[], { signal }: CallOptions): Promise<readonly DeleteResult[]> {
  return inParallel(names, SINGLES_AT_ONCE, async (name) => {
    try {
      (await client.send({ method: 'DELETE', verb: 'delete', key: keyOf(name.path), query: { versionId: name.versionId }, signal })).cancel();
      return name;
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return name;
      if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
      return { ...name, error };
    }
  });
}

async function askMany({ client, keyOf }: Session, names: readonly ObjectName[], { signal }: CallOptions): Promise<DeleteAnswer> {
  // Not quiet: a quiet OSS sends no body at all, not even for what failed.
  const bytes = deletionBody(names.map(({ path, versionId }) => ({ key: keyOf(path), versionId })), { isQuiet: false });
  const { text } = await client.ask({
    method: 'POST', verb: 'delete objects in', query: { delete: '', 'encoding-type': 'url' }, body: bytesBody(bytes), signal,
    headers: [['content-md5', md5Base64(bytes)], ['content-type', 'application/xml']],
  }, ANSWER_BYTES);
  return readDeletions(text);
}
