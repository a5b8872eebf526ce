import { TowlineError } from '../errors.ts';

/** A pod, and which of its versions where that was said. */
export interface PodReference { readonly name: string; readonly version?: number }

/** What LocalStack's platform allows, and the length its newer program adds. */
const NAME = /^[a-zA-Z0-9_-]{1,128}$/;

export const isPodName = (text: string): boolean => NAME.test(text);

/** Throws INVALID_ARGUMENT for what is no name of a pod. */
export function checkPodName(name: string): string {
  if (isPodName(name)) return name;
  throw new TowlineError('INVALID_ARGUMENT', `${JSON.stringify(name)} is no name of a pod`, { hint: 'Use letters, digits, - and _, at most 128 of them.', context: { usage: true } });
}

/** Reads 'NAME', 'NAME:VERSION' and the same behind 'pod:', as `lstk` writes them. */
export function parsePodReference(text: string): PodReference {
  const [name = '', version, ...more] = text.replace(/^pod:(?!\/\/)/, '').split(':');
  if (more.length > 0) throw new TowlineError('INVALID_ARGUMENT', `'${text}' is no pod`, { hint: 'Write NAME or NAME:VERSION.', context: { usage: true } });
  if (version === undefined) return { name: checkPodName(name) };
  const number = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : undefined;
  if (number === undefined) throw new TowlineError('INVALID_ARGUMENT', `invalid version '${version}' in '${text}': use a positive integer`, { context: { usage: true } });
  return { name: checkPodName(name), version: number };
}

/** The objects of a version in a bucket, by LocalStack's names. */
export const stateName = (name: string, version: number): string => `localstack-pod-${name}-state-${version}.zip`;
export const versionName = (name: string, version: number): string => `localstack-pod-${name}-version-${version}.zip`;

/** Which pod, version and kind an object is of; undefined for any other. A name may itself hold '-state-', so the last one counts. */
export function parseObjectName(text: string): { readonly kind: 'state' | 'version'; readonly name: string; readonly version: number } | undefined {
  const { name, kind, version } = /^localstack-pod-(?<name>[a-zA-Z0-9_-]{1,128})-(?<kind>state|version)-(?<version>[1-9]\d{0,8})\.zip$/.exec(text)?.groups ?? {};
  if (name === undefined || version === undefined || (kind !== 'state' && kind !== 'version')) return undefined;
  return { kind, name, version: Number(version) };
}

/** Throws NOT_FOUND: there is no such pod, or not that version of it. */
export function noSuchPod({ name, version }: PodReference, { displayUrl, maximum }: { readonly displayUrl: string; readonly maximum?: number | undefined }): TowlineError {
  if (version === undefined || maximum === undefined) return new TowlineError('NOT_FOUND', `there is no pod '${name}' on ${displayUrl}`, { hint: "'tow pod list' names those there are." });
  return new TowlineError('NOT_FOUND', `there is no version ${version} of pod '${name}' on ${displayUrl}. The maximum version available in the remote storage is ${maximum}`, { hint: `'tow pod versions ${name}' lists them.` });
}
