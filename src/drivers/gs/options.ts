import { either, file, flag, integer, seconds, text } from '../../storage/options.ts';

/** The options of a Google Cloud Storage remote, spelled as DVC spells them. */
export const options = {
  projectname: text('project that pays for requests to a bucket whose readers pay'),
  credentialpath: file('JSON file of a service account, a user, or an external identity', { env: ['GOOGLE_APPLICATION_CREDENTIALS'] }),
  endpointurl: text('address of another service of the same kind', { env: ['STORAGE_EMULATOR_HOST'] }),
  allow_anonymous_login: flag('send requests without credentials', { initial: false }),
  jobs: integer('transfers at once', { minimum: 1 }),
  checksum_jobs: integer('files hashed at once', { minimum: 1 }),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: false }),
  version_aware: flag('keep files under their own names, by generations', { initial: false }),
  worktree: flag('mirror the work tree', { initial: false }),
  no_traverse: flag('accepted and ignored', { initial: false, deprecated: 'it has no effect' }),
  ssl_verify: either(flag('verify certificates, or the file of the authority to trust', { initial: true, owner: 'towline' }), file('')),
  connect_timeout: seconds('longest wait for a connection', { initial: 10, owner: 'towline' }),
  read_timeout: seconds('longest silence of the service', { initial: 60, owner: 'towline' }),
} as const;

export type GsOptions = { readonly [K in keyof typeof options]: (typeof options)[K]['initial'] };
