import { contentRange } from '../../http/ranges.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Resource } from './multistatus.ts';
import type { Profile } from './profiles.ts';

/** A resource as the contract describes it. */
export function entryOf(path: Path, { isCollection, size, etag, modifiedAt }: Omit<Resource, 'href'>, profile: Profile | undefined): Entry {
  if (isCollection) return { path, kind: 'directory' };
  return {
    path, kind: 'file', ...(size !== undefined && { size }), ...(modifiedAt !== undefined && { modifiedAt }),
    ...(etag !== undefined && { etag: profile?.weakAtFirst === true ? etag.replace(/^W\//, '') : etag }),
  };
}

/** What an answer to HEAD or GET says of the whole object, also when it carries a part of it. */
export function answeredEntry(path: Path, response: HttpResponse, profile: Profile | undefined): Entry {
  const length = response.header('content-length');
  const size = response.status === 206 ? contentRange(response)?.total : length === undefined ? undefined : Number(length);
  const modifiedAt = Date.parse(response.header('last-modified') ?? '');
  const etag = response.header('etag');
  return entryOf(path, { isCollection: false, ...(size !== undefined && { size }), ...(etag !== undefined && { etag }), ...(!Number.isNaN(modifiedAt) && { modifiedAt }) }, profile);
}

/** Whether two etags name the same object. PROPFIND spells some weak, or without quotes, that come with the bytes in another way. */
export function isSameEtag(one: string | undefined, other: string): boolean {
  const tag = (text: string): string => text.replace(/^W\//, '').replace(/^"(.*)"$/s, '$1');
  return one !== undefined && tag(one) === tag(other);
}
