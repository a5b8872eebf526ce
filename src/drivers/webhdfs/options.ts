import { either, file, flag, integer, type OptionsOf, seconds, secret, text } from '../../storage/options.ts';

/** The options of a WebHDFS remote, spelled as DVC spells them. Which exclude each other is checked in `auth.ts`, in DVC's words. */
export const options = {
  user: text('name to act as; with a password, name to log in with'),
  password: secret('password for HTTP basic authentication, as gateways such as Knox want it'),
  token: secret('delegation token; it says by itself who acts'),
  kerberos: flag('log in with the Kerberos ticket of this machine', { initial: false }),
  kerberos_principal: text('whose ticket, as USER@REALM, where there are several'),
  proxy_to: text('user in whose name to act, where the server lets you'),
  use_https: flag('speak https', { initial: false }),
  ssl_verify: either(flag('verify certificates, or the file of the authority to trust', { initial: true }), file('')),
  data_proxy_target: text('URL that stands in for http(s)://HOST:PORT/webhdfs/v1 wherever that is asked or redirected to'),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: true }),
  jobs: integer('transfers at once', { minimum: 1 }),
  connect_timeout: seconds('longest wait for a connection', { initial: 60, owner: 'towline' }),
  read_timeout: seconds('longest silence of a server', { initial: 60, owner: 'towline' }),
} as const;

/** The values of the options. */
export type WebhdfsOptions = OptionsOf<typeof options>;
