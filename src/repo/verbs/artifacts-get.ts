import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import { parseDvcYaml } from '../files/dvc-yaml.ts';
import { joinInside } from '../files/place.ts';
import { isYamlMap } from '../files/yaml-value.ts';
import { decodeText } from '../files/yaml-text.ts';
import type { Lent } from '../repo.ts';
import { artifactTags, commitOfArtifact } from '../sources/artifact-tags.ts';
import type { Overlay } from '../sources/other-config.ts';
import { openOther } from '../sources/other-repo.ts';

/** Which artifact of which repository. */
export interface ArtifactRequest extends Overlay {
  readonly url: string;
  /** `name`, `folder:name` or `folder/dvc.yaml:name`. */
  readonly name: string;
  readonly version?: string;
  readonly stage?: string;
  readonly cwd: string;
}

/** Where an artifact lies: a path of its repository, at a commit. */
export interface ArtifactPlace { readonly path: string; readonly revision: string }

/** Finds an artifact by the tags of its repository and the `artifacts:` of its `dvc.yaml`. Throws NOT_FOUND. */
export async function findArtifact(lent: Lent, request: ArtifactRequest, call: CallOptions = {}): Promise<ArtifactPlace> {
  const { version, stage } = request;
  if (version !== undefined && stage !== undefined) throw new TowlineError('INVALID_ARGUMENT', 'Artifact version and stage are mutually exclusive.');
  const { folder, name } = parseName(request.name);
  const artifact = folder === '' ? name : `${folder}:${name}`;
  const revision = await commitOf(lent, { ...request, artifact }, call);
  const other = await openOther(lent, { ...request, revision, bases: [request.cwd] }, call);
  try {
    const file = folder === '' ? 'dvc.yaml' : `${folder}/dvc.yaml`;
    const bytes = await other.revision.read(file);
    const entry = bytes && parseDvcYaml(decodeText(bytes, file), file).artifacts.get(name);
    const written = isYamlMap(entry) ? entry.get('path') : undefined;
    const path = typeof written === 'string' ? joinInside(folder, written) : undefined;
    if (path === undefined) throw new TowlineError('NOT_FOUND', `Unable to find artifact '${artifact}'`, { hint: `The '${file}' of commit ${revision.slice(0, 7)} does not name it under 'artifacts:'.` });
    return { path, revision };
  } finally {
    await other.close();
  }
}

async function commitOf(lent: Lent, request: ArtifactRequest & { readonly artifact: string }, call: CallOptions): Promise<string> {
  const other = await openOther(lent, { ...request, bases: [request.cwd] }, call);
  try {
    if (!other.git) throw new TowlineError('NOT_FOUND', `'${request.url}' is in no Git repository, so it has no tags of artifacts`);
    return commitOfArtifact(await artifactTags(other.git), request);
  } finally {
    await other.close();
  }
}

/** A `dvc.yaml` in the name stands for its folder. */
function parseName(text: string): { readonly folder: string; readonly name: string } {
  const cut = text.lastIndexOf(':');
  const folder = cut < 0 ? '' : text.slice(0, cut).replace(/(?:^|\/)dvc\.yaml$/, '');
  return { folder: joinInside('', folder) ?? folder, name: text.slice(cut + 1) };
}
