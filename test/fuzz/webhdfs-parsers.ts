import assert from 'node:assert/strict';
import { parseAddress } from '../../src/drivers/webhdfs/address.ts';
import { parseFileStatus, parseStatuses } from '../../src/drivers/webhdfs/file-status.ts';
import { parseJson } from '../../src/drivers/webhdfs/json.ts';
import { redirectTarget } from '../../src/drivers/webhdfs/namenode.ts';
import type { HttpResponse } from '../../src/http/transport.ts';
import type { Parser } from './parsers.ts';

const BASE = 'https://namenode:9871/webhdfs/v1';
const NAME = '/store/a b/\u00e9';
const answer = (status: number, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status, url: new URL(`${BASE}/store`), header: (name) => headers[name], headers: () => new Map(Object.entries(headers)), cancel: () => undefined, body: (async function* () { /* none */ })(),
});
const status = (more: object): object => ({ accessTime: 0, blockSize: 134217728, childrenNum: 0, fileId: 16390, group: 'supergroup', length: 5, modificationTime: 1795896540000, owner: 'alice', pathSuffix: 'a', permission: '644', replication: 1, storagePolicy: 0, type: 'FILE', ...more });
const statuses = { FileStatuses: { FileStatus: [status({}), status({ pathSuffix: '\u00e9', type: 'DIRECTORY', length: 0 }), status({ type: 'SYMLINK', symlink: '/x' })] } };

/** Where a Location leads: never from https to http, and never with user info. */
function follow(location: string): URL | undefined {
  const to = redirectTarget(answer(307, { location }), NAME, { base: BASE, target: 'https://gateway/hdfs' });
  assert.ok(to === undefined || (to.protocol === 'https:' && to.username === '' && to.password === ''), String(to));
  return to;
}

/** What NameNodes, HttpFS and URLs of them say. */
export const webhdfsParsers: readonly Parser[] = [
  {
    name: 'WebHDFS listing', corpus: [JSON.stringify(statuses), JSON.stringify({ DirectoryListing: { partialListing: statuses, remainingEntries: 3 } }), JSON.stringify({ FileStatus: status({ pathSuffix: '' }) }), ''],
    parse(text) {
      const json = parseJson(answer(200), text);
      if (json['FileStatus'] !== undefined) return parseFileStatus(answer(200), json['FileStatus']);
      return json['DirectoryListing'] === undefined ? parseStatuses(answer(200), json, []) : parseStatuses(answer(200), json, ['DirectoryListing', 'partialListing']);
    },
  },
  {
    name: 'WebHDFS redirect', parse: follow,
    corpus: ['https://datanode:9865/webhdfs/v1/store/a%20b/%C3%A9?op=CREATE&user.name=alice&namenoderpcaddress=n:8020&overwrite=true', `${BASE}/store?op=OPEN&data=true`, 'http://datanode:9864/x', 'https://ann:secret@datanode/x#y', '//other/x', '?again', 'ftp://x'],
  },
  { name: 'WebHDFS address', parse: parseAddress, corpus: ['webhdfs://ann:p%40x@host:9870/user/ann/a b#c%20', 'webhdfs://[::1]:80//a/', 'webhdfs://host'] },
];
