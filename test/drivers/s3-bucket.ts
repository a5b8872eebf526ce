import { createHash } from 'node:crypto';
import type { Answer, SeenRequest } from './line.ts';

/** What S3 would answer, as far as commands ask it that push and fetch. */
export function createBucket(): { readonly objects: Map<string, string>; readonly answer: (request: SeenRequest) => Answer } {
  const objects = new Map<string, string>();
  const page = (query: URLSearchParams): string => {
    const from = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > from).sort();
    const rows = keys.slice(0, 1000).map((key) => `<Contents><Key>${key}</Key><LastModified>2026-11-21T00:00:00.000Z</LastModified><ETag>&quot;${md5(objects.get(key))}&quot;</ETag><Size>${objects.get(key)?.length ?? 0}</Size></Contents>`);
    const next = keys.length > 1000 ? `<NextContinuationToken>${keys[999] ?? ''}</NextContinuationToken>` : '';
    return `<ListBucketResult><IsTruncated>${keys.length > 1000}</IsTruncated>${next}${rows.join('')}</ListBucketResult>`;
  };
  const answer = ({ method, target, body }: SeenRequest): Answer => {
    const url = new URL(target, 'http://host');
    if (url.searchParams.has('list-type')) return { body: page(url.searchParams) };
    const key = url.pathname.split('/').slice(2).join('/');
    if (key === '') return {};
    if (method === 'PUT') objects.set(key, body);
    const held = objects.get(key);
    if (held === undefined) return { status: 404, body: method === 'HEAD' ? '' : '<Error><Code>NoSuchKey</Code></Error>' };
    const headers = { etag: `"${md5(held)}"`, 'content-length': String(method === 'PUT' ? 0 : held.length) };
    return { headers, body: method === 'GET' ? Buffer.from(held, 'latin1') : '' };
  };
  return { objects, answer };
}

const md5 = (text = ''): string => createHash('md5').update(text, 'latin1').digest('hex');
