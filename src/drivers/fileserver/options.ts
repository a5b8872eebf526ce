import { flag, integer, type OptionsOf, seconds, secret, text } from '../../storage/options.ts';

/** The options of a file server of ClearML. It is opened by name only, with what clearml.conf says. */
export const options = {
  api_server: text("address of ClearML's API, which gives tokens for the key", { owner: 'towline' }),
  access_key: secret('access key of api.credentials', { owner: 'towline' }),
  secret_key: secret('secret key of api.credentials', { owner: 'towline' }),
  token: secret('a token in place of the keys', { owner: 'towline' }),
  ssl_verify: flag('verify certificates', { initial: true, owner: 'towline' }),
  connect_timeout: seconds('longest wait for a connection', { initial: 30, owner: 'towline' }),
  read_timeout: seconds('longest silence of the server', { initial: 60, owner: 'towline' }),
  jobs: integer('transfers at once', { minimum: 1 }),
} as const;

export type FileserverOptions = OptionsOf<typeof options>;
