import { hasCode, TowlineError } from '../../errors.ts';
import type { ImportKerberos } from '../../http/kerberos.ts';
import type { ConnectionSettings } from '../../http/transport.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { CallOptions, DeleteResult, Driver, ObjectName } from '../../storage/driver.ts';
import { loginParameters, withLogin } from './auth.ts';
import { createList } from './list.ts';
import { createNamenode } from './namenode.ts';
import { remove } from './operations.ts';
import type { WebhdfsOptions } from './options.ts';
import { about, nameOf, type Place, refuseVersion } from './place.ts';
import { read, stat } from './read.ts';
import { upload } from './upload.ts';
import { write } from './write.ts';

/** What tests lend beside what every driver is lent. */
export interface WebhdfsLent { readonly importKerberos?: ImportKerberos }

/** The verbs over one folder of HDFS, by the NameNode's WebHDFS or by HttpFS. */
export function createWebhdfsDriver(address: Address, given: WebhdfsOptions, { importKerberos, ...opening }: Opening & WebhdfsLent): Driver {
  const options = withAddress(address, given);
  const { displayUrl, host = '', path: root = '' } = address;
  const base = `${options.use_https ? 'https' : 'http'}://${host}/webhdfs/v1`;
  const target = targetOf(options);
  const parameters = loginParameters(options);
  const transport = withLogin(opening.connect(connectionSettings(options)), options, { origin: new URL(target ?? base).origin, importKerberos });
  const namenode = createNamenode({ transport, base, target, parameters, displayUrl, now: opening.now });
  const place: Place = { displayUrl, root, namenode, randomBytes: opening.randomBytes };
  return {
    displayUrl,
    traits: { writes: 'atomic', listing: 'directory', etagField: 'checksum', concurrency: options.jobs ?? 32, deleteBatch: 1 },
    stat: async (path, statOptions) => await stat(place, path, statOptions),
    read: async (path, readOptions) => await read(place, path, readOptions),
    write: async (path, source, writeOptions) => await write(place, path, { ...writeOptions, source }),
    list: createList(place),
    delete: async (names, callOptions) => await Promise.all(names.map(async (name) => await deleteOne(place, name, callOptions))),
    upload: async (path, uploadOptions) => await upload(place, path, uploadOptions),
    close: async () => { await namenode.close(); },
  };
}

/** The remote's settings win over what its URL says. */
function withAddress({ options: inUrl = {} }: Address, given: WebhdfsOptions): WebhdfsOptions {
  return { ...given, user: given.user ?? inUrl['user'], password: given.password ?? inUrl['password'] };
}

function targetOf({ data_proxy_target: target }: WebhdfsOptions): string | undefined {
  if (target === undefined) return undefined;
  const url = URL.canParse(target) ? new URL(target) : undefined;
  const isUsable = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '';
  if (!isUsable) throw new TowlineError('INVALID_CONFIG', "'data_proxy_target' is no URL that can stand in for http://HOST:PORT/webhdfs/v1", { hint: 'Write it as https://gateway:8443/gateway/default/webhdfs/v1.' });
  return target.replace(/\/+$/, '');
}

function connectionSettings({ ssl_verify: verify, connect_timeout: connect, read_timeout: idle }: WebhdfsOptions): ConnectionSettings {
  return { verifyTls: verify !== false, ...(typeof verify === 'string' && { caFile: verify }), connectTimeoutSeconds: connect, idleTimeoutSeconds: idle };
}

async function deleteOne(place: Place, name: ObjectName, { signal }: CallOptions = {}): Promise<DeleteResult> {
  refuseVersion(name.versionId);
  try {
    await remove(place, nameOf(place, name.path), about('delete', name.path, signal));
    return name;
  } catch (error) {
    // Being stopped is the batch's end; every other failure is that of one name.
    if (hasCode(error, 'ABORTED') || !(error instanceof TowlineError)) throw error;
    return { ...name, error };
  }
}
