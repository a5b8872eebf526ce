import { TowlineError } from '../../errors.ts';
import type { Git } from '../git/git.ts';

/** A tag as GTO makes them: an artifact, and which version or stage of it was given or taken back. */
export interface ArtifactTag {
  /** `folder:name`, or the name alone. */
  readonly artifact: string;
  readonly version?: string;
  readonly stage?: string;
  readonly isTakenBack: boolean;
  readonly commit: string;
}

const NAME = '[a-zA-Z0-9](?:[a-zA-Z0-9-/_]*[a-zA-Z0-9])?';
const SEMVER = '(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)(?:-[0-9a-zA-Z.-]+)?(?:\\+[0-9a-zA-Z.-]+)?';
const TAG = new RegExp(`^(?<artifact>(?:[a-zA-Z0-9-_./]+=)?${NAME})(?:#(?<stage>${NAME})|@(?<version>v${SEMVER}))(?<cancel>!?)(?:#\\d+)?$`);

/** The tags of artifacts, oldest first. A tag without a message is none of them, as for GTO. */
export async function artifactTags(git: Git): Promise<readonly ArtifactTag[]> {
  const format = ['%(refname)', '%(objecttype)', '%(*objecttype)', '%(*objectname)'].join('%00');
  const output = await git.run(['for-each-ref', '--sort=taggerdate', `--format=${format}`, 'refs/tags']);
  return output.toString('utf8').split('\n').flatMap((line): readonly ArtifactTag[] => {
    const [name = '', type, inner, commit = ''] = line.split('\0');
    return type === 'tag' && inner === 'commit' ? parseTag(name.replace(/^refs\/tags\//, ''), commit) : [];
  });
}

/** What the name of a tag says; nothing when it is no tag of an artifact. */
export function parseTag(name: string, commit: string): readonly ArtifactTag[] {
  const { artifact, stage, version, cancel } = TAG.exec(name)?.groups ?? {};
  if (artifact === undefined) return [];
  return [{ artifact: artifact.replaceAll('=', ':'), ...(version !== undefined && { version }), ...(stage !== undefined && { stage }), isTakenBack: cancel === '!', commit }];
}

/** The commit of a version or a stage of an artifact, else of its greatest version. What was taken back counts no more. Throws NOT_FOUND in DVC's words. */
export function commitOfArtifact(tags: readonly ArtifactTag[], wanted: { readonly artifact: string; readonly version?: string; readonly stage?: string }): string {
  const { artifact, version, stage } = wanted;
  const own = tags.filter((tag) => tag.artifact === artifact);
  const last = (isMeant: (tag: ArtifactTag) => boolean): ArtifactTag | undefined => own.findLast(isMeant);
  const asked = version !== undefined ? last((tag) => tag.version === version) : stage !== undefined ? last((tag) => tag.stage === stage) : greatest(own);
  if (asked && !asked.isTakenBack) return asked.commit;
  const which = version ?? stage;
  throw new TowlineError('NOT_FOUND', `Unable to find artifact '${artifact}${which === undefined ? '' : ` @ ${which}`}'`, { hint: "Artifacts are found by tags such as 'name@v1.0.0' and 'name#prod': 'git tag' shows them." });
}

function greatest(tags: readonly ArtifactTag[]): ArtifactTag | undefined {
  const latest = new Map(tags.flatMap((tag) => (tag.version === undefined ? [] : [[tag.version, tag] as const])));
  return [...latest.values()].filter(({ isTakenBack }) => !isTakenBack).sort((a, b) => compareVersions(a.version ?? '', b.version ?? '')).at(-1);
}

/** The order of semver 2.0: numbers by their size, and a version with something behind '-' before the same without. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (const at of [0, 1, 2]) {
    const difference = Number(left.numbers[at] ?? 0) - Number(right.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.before.length === 0 || right.before.length === 0) return right.before.length - left.before.length;
  for (let at = 0; at < Math.max(left.before.length, right.before.length); at++) {
    const difference = compareIdentifiers(left.before[at], right.before[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(version: string): { readonly numbers: readonly string[]; readonly before: readonly string[] } {
  const [, numbers = '', before = ''] = /^v?([\d.]+)(?:-([^+]*))?/.exec(version) ?? [];
  return { numbers: numbers.split('.'), before: before === '' ? [] : before.split('.') };
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [isNumber, isOther] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOther) return Number(a) - Number(b);
  return isNumber !== isOther ? (isNumber ? -1 : 1) : a < b ? -1 : a > b ? 1 : 0;
}
