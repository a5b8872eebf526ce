import { packingOptions } from '../../oci/packing-options.ts';
import { either, file, flag, integer, type Option, type OptionsOf, seconds, secret, size, text } from '../../storage/options.ts';

const ours = { owner: 'towline' } as const;

/** Left out, the host decides. */
const plainHttp: Option<boolean | undefined> = { ...flag('speak plain HTTP; if not given, only to this machine', { ...ours, initial: false }), initial: undefined };

/** The options of a registry. DVC knows no registries, so all are ours. */
export const options = {
  user: text('name to log in with; without it, the login that Docker or Podman keeps', ours),
  password: secret('password or access token of that user', ours),
  token: secret('bearer token, sent as it is', ours),
  plain_http: plainHttp,
  ssl_verify: either(flag('verify certificates, or the file of the authority to trust', { ...ours, initial: true }), file('', ours)),
  cert_path: file('client certificate', ours),
  key_path: file('key of the client certificate', ours),
  connect_timeout: seconds('how long a connection may take', { ...ours, initial: 10 }),
  read_timeout: seconds('how long the registry may send and take nothing', { ...ours, initial: 60 }),
  ...packingOptions,
  chunk_size: size('send larger blobs in chunks of this size; if not given, as suits the registry', ours),
  jobs: integer('requests at once', { ...ours, minimum: 1 }),
} as const;

/** The values of the options. */
export type OciOptions = OptionsOf<typeof options>;
