import { TowlineError } from '../../errors.ts';
import { findStatus, remove, rename } from './operations.ts';
import { type About, folderOf, type Place, temporaryIn } from './place.ts';

/** A whole file under its temporary name, and the name it is to have. */
export interface Publication {
  readonly from: string;
  readonly to: string;
  /** Nothing may be there. */
  readonly isNew: boolean;
}

/** Other writers of the same name may be at it, each undoing a step of the other. */
const TRIES = 50;

/** Gives a whole file its name: in one step on a NameNode; on HttpFS, where nothing replaces, by way of a third name, so that nothing is lost. */
export async function publish(place: Place, publication: Publication, about: About): Promise<void> {
  const { from, to, isNew } = publication;
  const how = await rename(place, { from, to, options: isNew ? 'NONE' : 'OVERWRITE' }, about);
  if (how === 'as asked') return;
  if (how === 'plainly') return await requireFile(place, publication, about);
  for (let tries = 1; !(await exchanged(place, publication, about)); tries += 1) {
    if (tries === TRIES) throw new TowlineError('UNAVAILABLE', `Cannot ${about.verb} '${about.path}' on ${place.displayUrl}: others write it at the same time`, { retryable: true, context: { path: about.path } });
  }
}

/** A plain rename onto a folder moves the file into it. */
async function requireFile(place: Place, { from, to }: Publication, about: About): Promise<void> {
  const found = await findStatus(place, to, about);
  if (found?.kind !== 'directory') return;
  await remove(place, `${to}${from.slice(from.lastIndexOf('/'))}`, about);
  throw new TowlineError('INVALID_ARGUMENT', `Cannot ${about.verb} '${about.path}' on ${place.displayUrl}: a folder stands there`, { context: { path: about.path } });
}

/** The old file keeps a name until the new one has its own, and gets its name back if that fails. False when another writer came between. */
async function exchanged(place: Place, publication: Publication, about: About): Promise<boolean> {
  const { from, to, isNew } = publication;
  const found = await findStatus(place, to, about);
  if (found && isNew) throw new TowlineError('ALREADY_EXISTS', `'${about.path}' is on ${place.displayUrl} already`, { context: { path: about.path } });
  if (found === undefined) return await moved(place, publication, about);
  const aside = temporaryIn(place, folderOf(to));
  if ((await rename(place, { from: to, to: aside }, about)) === 'refused') return false;
  if ((await rename(place, { from, to }, about)) !== 'refused') {
    await remove(place, aside, about);
    return true;
  }
  await putBack(place, { aside, to }, about);
  return false;
}

async function moved(place: Place, publication: Publication, about: About): Promise<boolean> {
  if ((await rename(place, publication, about)) === 'refused') {
    if (await findStatus(place, publication.from, about)) return false;
    throw new TowlineError('NOT_FOUND', `Cannot ${about.verb} '${about.path}' on ${place.displayUrl}: its temporary file is gone`, { hint: 'Does something clean that folder up? Start again.', context: { path: about.path } });
  }
  await requireFile(place, publication, about);
  return true;
}

/** The old file goes back, or goes away when a newer one has taken its place. */
async function putBack(place: Place, { aside, to }: { readonly aside: string; readonly to: string }, about: About): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    if ((await rename(place, { from: aside, to }, about)) !== 'refused') return;
    if (await findStatus(place, to, about)) return await remove(place, aside, about);
  }
  throw new TowlineError('UNAVAILABLE', `'${about.path}' on ${place.displayUrl} is kept as '${aside}': it could not be renamed back`, { hint: 'Rename it by hand.', context: { path: about.path } });
}
