import type { ConnectionSettings } from '../../http/transport.ts';
import { packingOf } from '../../oci/packing-options.ts';
import { openRegistryStore } from '../../oci/store.ts';
import type { Address, OpenedRegistry, Opening } from '../../storage/definition.ts';
import type { OciOptions } from './options.ts';

/** Registries count requests rather than connections; more at once only brings the limits nearer. */
const CONCURRENCY = 8;

/** The repository of a registry, and how objects are packed for it. */
export function openOci(address: Address, options: OciOptions, opening: Opening): OpenedRegistry {
  const { user, password, token, chunk_size: chunk } = options;
  const packing = packingOf(options, address.displayUrl);
  const artifacts = openRegistryStore({ host: address.host ?? '', name: address.path ?? '' }, {
    user, password, token,
    plainHttp: options.plain_http,
    connection: connectionOf(options),
    ...(chunk !== undefined && chunk > 0 && { chunkBytes: chunk, chunksAboveBytes: chunk }),
  }, opening);
  return { artifacts, concurrency: options.jobs ?? CONCURRENCY, packing };
}

function connectionOf({ ssl_verify: verify, cert_path: certificateFile, key_path: keyFile, connect_timeout: connect, read_timeout: read }: OciOptions): ConnectionSettings {
  return {
    verifyTls: verify !== false, connectTimeoutSeconds: connect, idleTimeoutSeconds: read,
    ...(typeof verify === 'string' && { caFile: verify }), ...(certificateFile !== undefined && { certificateFile }), ...(keyFile !== undefined && { keyFile }),
  };
}
