import { TowlineError } from '../errors.ts';
import { readText } from '../http/bounded.ts';
import { redactUrl } from '../http/redact.ts';
import type { HttpResponse } from '../http/transport.ts';
import type { CallOptions } from '../storage/call.ts';
import { isTag } from './reference.ts';
import type { Registry } from './registry.ts';

/** docker-registry 2.8 knows no pages and sends all at once. */
const LONGEST_PAGE = 64 * 1024 * 1024;
const PAGE = 1000;

/** Every tag of a repository once. Names that are no tags are left out: nothing could be asked for by them. */
export async function* listTags(registry: Registry, { signal }: CallOptions = {}): AsyncGenerator<string> {
  const known = new Set<string>();
  const pages = new Set<string>();
  for (let at: string | URL | undefined = `tags/list?n=${PAGE}`; at !== undefined; ) {
    const response: HttpResponse = await page(registry, at, signal);
    if (response.status === 404) return response.cancel();
    const next = nextPage(response);
    for (const tag of tagsOf(await readText(response, LONGEST_PAGE), registry.displayUrl)) {
      if (known.has(tag) || !isTag(tag)) continue;
      known.add(tag);
      yield tag;
    }
    // Some give the same page for ever.
    if (next === undefined || pages.has(next.href)) return;
    pages.add(next.href);
    at = next;
  }
}

async function page(registry: Registry, at: string | URL, signal: AbortSignal | undefined): Promise<HttpResponse> {
  const response = await registry.send({ method: 'GET', at, signal });
  if (response.status === 200 || response.status === 404) return response;
  // distribution 3.1.0 takes 1000 for too many (https://github.com/distribution/distribution/issues/4844, 2026-11).
  if (response.status === 400 && typeof at === 'string' && at.includes('?')) {
    response.cancel();
    return await page(registry, 'tags/list', signal);
  }
  throw await registry.failed(response, { verb: 'read', where: `the tags of ${registry.displayUrl}` });
}

/** The address of the next page, where there is one. It stays with the registry. */
export function nextPage(response: HttpResponse): URL | undefined {
  const text = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(response.header('link') ?? '')?.[1];
  if (text === undefined) return undefined;
  const url = URL.canParse(text, response.url.href) ? new URL(text, response.url) : undefined;
  if (url === undefined || url.host !== response.url.host) throw new TowlineError('UNAVAILABLE', `${redactUrl(response.url)}: its next page is said to be elsewhere, at '${redactUrl(text).slice(0, 200)}'`, { hint: 'A registry behind a proxy must be told its own URL.' });
  // Behind a proxy that ends TLS some name http here; the registry was reached by what it was reached by.
  url.protocol = response.url.protocol;
  url.username = '';
  url.password = '';
  return url;
}

function tagsOf(text: string, displayUrl: string): readonly string[] {
  let tags: unknown;
  try {
    tags = (JSON.parse(text) as { readonly tags?: unknown } | null)?.tags ?? [];
  } catch (cause) {
    throw new TowlineError('CORRUPT', `the list of tags of ${displayUrl} is not JSON`, { cause });
  }
  if (!Array.isArray(tags)) throw new TowlineError('CORRUPT', `the list of tags of ${displayUrl} is not a list`);
  return tags.filter((tag): tag is string => typeof tag === 'string');
}
