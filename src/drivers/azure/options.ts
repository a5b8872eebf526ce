import { either, file, flag, integer, secret, text } from '../../storage/options.ts';

/** The options of an Azure remote, spelled as DVC spells them. The variables are those of `az` (through knack) and of adlfs. */
export const options = {
  connection_string: secret('connection string of the account', { env: ['AZURE_STORAGE_CONNECTION_STRING'] }),
  account_name: text('storage account', { env: ['AZURE_STORAGE_ACCOUNT', 'AZURE_STORAGE_ACCOUNT_NAME'] }),
  account_key: secret('key of the account', { env: ['AZURE_STORAGE_KEY', 'AZURE_STORAGE_ACCOUNT_KEY'] }),
  sas_token: secret('shared access signature', { env: ['AZURE_STORAGE_SAS_TOKEN'] }),
  tenant_id: text('tenant of the service principal', { env: ['AZURE_STORAGE_TENANT_ID'] }),
  client_id: text('client id of the service principal', { env: ['AZURE_STORAGE_CLIENT_ID'] }),
  client_secret: secret('secret of the service principal', { env: ['AZURE_STORAGE_CLIENT_SECRET'] }),
  allow_anonymous_login: flag('send requests without credentials', { initial: false }),
  exclude_environment_credential: flag('default credentials: not those of AZURE_CLIENT_ID and its like', { initial: false }),
  exclude_visual_studio_code_credential: flag('default credentials: not the login of Visual Studio Code', { initial: false }),
  exclude_shared_token_cache_credential: flag("accepted: the token cache of Microsoft's own programs cannot be read from Node.js, so it is always left out", { initial: false }),
  exclude_managed_identity_credential: flag('default credentials: not the identity of this machine', { initial: false }),
  timeout: integer('seconds the service may work on one request', { minimum: 1 }),
  read_timeout: integer('longest silence of the service, in seconds', { minimum: 1 }),
  connection_timeout: integer('longest wait for a connection, in seconds', { minimum: 1 }),
  jobs: integer('transfers at once', { minimum: 1 }),
  checksum_jobs: integer('files hashed at once', { minimum: 1 }),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: false }),
  version_aware: flag('keep files under their own names, by versions', { initial: false }),
  worktree: flag('mirror the work tree', { initial: false }),
  no_traverse: flag('accepted and ignored', { initial: false, deprecated: 'it has no effect' }),
  endpointurl: text('address of the blob service, of an emulator for example: http://127.0.0.1:10000/devstoreaccount1', { owner: 'towline' }),
  endpoint_suffix: text('domain of a sovereign cloud, core.chinacloudapi.cn for example', { owner: 'towline' }),
  ssl_verify: either(flag('verify certificates, or the file of the authority to trust', { initial: true, owner: 'towline' }), file('')),
} as const;

export type AzureOptions = { readonly [K in keyof typeof options]: (typeof options)[K]['initial'] };
