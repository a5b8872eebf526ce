import { hasCode, TowlineError } from '../../errors.ts';
import type { CallOptions, DeleteResult, ObjectName } from '../../storage/driver.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import { readBatch, writeBatch } from './batch.ts';
import { noBucket, refused } from './errors.ts';
import { requireGeneration } from './read.ts';
import { readError } from './refusal.ts';
import type { Session } from './session.ts';

/** https://cloud.google.com/storage/docs/batch, 2026-11-21 */
export const BATCH = 100;
const ANSWER_BYTES = 4 * 1024 * 1024;
const SINGLES_AT_ONCE = 16;

/** Deletes objects or generations by one request, one by one where the service has no batches. */
export async function deleteObjects(session: Session, names: readonly ObjectName[], options: CallOptions = {}): Promise<readonly DeleteResult[]> {
  if (names.length === 0) return [];
  if (names.length === 1 || session.hasNoBatches()) return deleteSingly(session, names, options);
  try {
    return await deleteBatch(session, names, options);
  } catch (error) {
    // An emulator, or a gateway, that has only the other paths.
    if (!hasCode(error, 'UNSUPPORTED') && !hasCode(error, 'NOT_FOUND')) throw error;
    session.hasNoBatches(true);
    return deleteSingly(session, names, options);
  }
}

const targetOf = ({ client, keyOf }: Session, { path, versionId }: ObjectName): string => {
  requireGeneration(versionId, client.where(keyOf(path)));
  return client.at.object(keyOf(path), { generation: versionId });
};

function deleteSingly(session: Session, names: readonly ObjectName[], { signal }: CallOptions): Promise<readonly DeleteResult[]> {
  const { client, keyOf } = session;
  return inParallel(names, SINGLES_AT_ONCE, async (name) => {
    try {
      (await client.send({ method: 'DELETE', verb: 'delete', key: keyOf(name.path), target: targetOf(session, name), signal })).cancel();
      return name;
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return name;
      if (hasCode(error, 'ABORTED') || !(error instanceof Error) || names.length === 1) throw error;
      return { ...name, error };
    }
  });
}

async function deleteBatch(session: Session, names: readonly ObjectName[], { signal }: CallOptions): Promise<readonly DeleteResult[]> {
  const { client, keyOf, opening } = session;
  const batch = writeBatch(names.map((name) => `DELETE ${targetOf(session, name)}`), opening.randomBytes);
  const response = await client.send({ method: 'POST', verb: 'delete objects in', target: '/batch/storage/v1', headers: [['content-type', batch.contentType]], body: batch.body, signal });
  const answers = await readBatch(response, names.length, ANSWER_BYTES);
  return names.map((name, index) => {
    const answer = answers[index];
    const doing = { verb: 'delete', where: client.where(keyOf(name.path)) };
    if (answer === undefined) return { ...name, error: new TowlineError('UNAVAILABLE', `Cannot delete ${doing.where}: the service did not answer for it`, { retryable: true }) };
    if (answer.status >= 200 && answer.status < 300) return name;
    const refusal = readError(answer.status, answer.body);
    if (answer.status !== 404) return { ...name, error: refused(refusal, doing) };
    return /bucket does not exist/i.test(refusal.message) ? { ...name, error: noBucket(doing, refusal) } : name;
  });
}
