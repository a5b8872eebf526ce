import { TowlineError } from '../../errors.ts';
import { followRedirects } from '../../http/redirects.ts';
import type { ConnectionSettings, HttpRequest, Transport } from '../../http/transport.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { StatOptions, With } from '../../storage/driver.ts';
import { httpUrl } from './address.ts';
import { withCredentials } from './auth.ts';
import { originOf } from './copy.ts';
import { remove } from './delete.ts';
import { list } from './list.ts';
import type { WebdavOptions } from './options.ts';
import { pastGap } from './past-gap.ts';
import { read } from './read.ts';
import type { Learned, Server } from './server.ts';
import { stat } from './stat.ts';
import { write } from './write.ts';

/** The driver of one WebDAV remote. */
export function createWebdavDriver(address: Address, given: WebdavOptions, opening: Opening): With<'write' | 'list' | 'delete' | 'origin'> {
  const options = { ...given, user: given.user ?? address.options?.['user'], password: given.password ?? address.options?.['password'] };
  const { displayUrl } = address;
  const base = httpUrl(displayUrl);
  const transport = byPatience(opening, options);
  const exchange = followRedirects(withCredentials(transport, { displayUrl, base, options, opening }), { secretHeaders: options.custom_auth_header === undefined ? [] : [options.custom_auth_header] });
  const learned: Learned = { profile: undefined, asking: undefined, moves: undefined, moveCount: 0, lastMoved: [], copies: true, destination: 'url', bodyHasEtag: undefined };
  const server: Server = {
    displayUrl, base, learned, folders: new Map(), turns: new Map(), randomBytes: opening.randomBytes, wait: opening.wait,
    send: (method, url, { headers = [], signal, body }) => exchange.send({ method, url, headers: [['accept-encoding', 'identity'], ...headers], ...(body && { body }), ...(signal && { signal }) }),
    attempt: (verb, method, path) => ({ verb, method, path, displayUrl, now: opening.now() }),
    stat: (path, statOptions) => stat(server, path, statOptions),
  };
  return {
    displayUrl,
    traits: {
      // Found out with the first write: without MOVE an upload grows under its own name, unless the server hides it until it is whole.
      get writes() { return learned.moves === false && learned.profile?.putsWhole !== true ? 'partial' : 'atomic'; },
      listing: 'directory', etagField: 'etag', concurrency: options.jobs ?? 16, deleteBatch: 1,
    },
    stat: async (path, statOptions) => {
      refuseVersion(statOptions);
      return await pastGap(server, { path, signal: statOptions?.signal }, async () => await stat(server, path, statOptions));
    },
    read: async (path, readOptions) => {
      refuseVersion(readOptions);
      return await pastGap(server, { path, signal: readOptions?.signal }, async () => await read(server, path, readOptions));
    },
    write: async (path, source, writeOptions) => await write(server, path, { ...writeOptions, source }),
    list: async (folder, listOptions) => await list(server, folder, listOptions),
    delete: async (names, callOptions) => {
      throwIfAborted(callOptions?.signal);
      return await Promise.all(names.map((name) => remove(server, name, callOptions)));
    },
    origin: (path) => originOf(server, path),
    close: async () => transport.close?.(),
  };
}

function refuseVersion(options: StatOptions | undefined): void {
  if (options?.versionId !== undefined) throw new TowlineError('UNSUPPORTED', 'a WebDAV server keeps no versions that could be named');
}

/** Work that the server does unseen, after the last byte of a body or without any. */
const SLOW: ReadonlySet<string> = new Set(['PUT', 'MOVE', 'COPY', 'DELETE']);
const PATIENCE = 10;

/** Where the server has to store, copy or delete, it may be silent for longer than `timeout`. */
function byPatience({ connect }: Opening, options: WebdavOptions): Transport {
  const settings = connectionSettings(options);
  const quick = connect(settings);
  const patient = connect({ ...settings, idleTimeoutSeconds: options.timeout * PATIENCE });
  return {
    send: (request: HttpRequest) => (SLOW.has(request.method) ? patient : quick).send(request),
    close: async () => { await Promise.all([quick.close?.(), patient.close?.()]); },
  };
}

function connectionSettings({ ssl_verify: verify, cert_path: certificateFile, key_path: keyFile, timeout }: WebdavOptions): ConnectionSettings {
  return {
    verifyTls: verify !== false, connectTimeoutSeconds: timeout, idleTimeoutSeconds: timeout,
    ...(typeof verify === 'string' && { caFile: verify }), ...(certificateFile !== undefined && { certificateFile }), ...(keyFile !== undefined && { keyFile }),
  };
}
