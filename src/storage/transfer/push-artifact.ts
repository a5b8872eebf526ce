import { hasCode } from '../../errors.ts';
import type { ArtifactStore, ArtifactWriter, Descriptor, Pushed, PushOptions } from '../artifacts.ts';
import type { CallOptions } from '../call.ts';
import { parsePath } from '../path.ts';
import type { Source } from '../source.ts';
import type { Journal, JournalKey } from './journal.ts';

/** Pushes a blob that may be large: what another process has sent of it is not sent again, where the registry still knows it. */
export async function pushArtifact(store: Pick<ArtifactWriter, 'push'> & Pick<ArtifactStore, 'displayUrl'>, { target, source, journal }: { readonly target: Descriptor; readonly source: Source; readonly journal: Journal | undefined }, options: CallOptions = {}): Promise<Pushed> {
  if (journal === undefined) return await store.push(target, source, options);
  const key: JournalKey = { target: store.displayUrl, path: parsePath(target.digest), size: target.size };
  // The registry says by itself how much it has, so no parts are noted.
  const noting: PushOptions = { ...options, onToken: (token) => { journal.save(key, { token, partSize: Math.max(1, target.size), parts: [] }); } };
  const resume = journal.find(key)?.token;
  const pushed = await store.push(target, source, { ...noting, ...(resume !== undefined && { resume }) }).catch(async (error: unknown) => {
    // What an earlier process left may be what is damaged: once more, from nothing.
    if (resume === undefined || !(hasCode(error, 'CORRUPT') || hasCode(error, 'INVALID_ARGUMENT'))) throw error;
    journal.forget(key);
    return await store.push(target, source, noting);
  });
  journal.forget(key);
  return pushed;
}
