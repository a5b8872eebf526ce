import { choice, either, file, flag, integer, type OptionsOf, seconds, secret, text } from '../../storage/options.ts';

const auth = choice(['basic', 'digest', 'custom'], "how to log in: basic, digest, or 'custom' for a header of your own");
const method = choice(['POST', 'PUT'], 'method of uploads, POST if not given');

/** The options of an HTTP remote, spelled as DVC spells them. Which belong together is checked in `auth.ts`, in DVC's words. */
export const options = {
  auth: { ...auth, parse: (value: string) => auth.parse(value.toLowerCase()) },
  custom_auth_header: text("header that carries the password, for 'auth = custom'"),
  user: text('user for basic and digest'),
  password: secret('password, or the value of the custom header'),
  ask_password: flag('ask for the password when it is needed', { initial: false }),
  ssl_verify: either(flag('verify certificates, or the file of the authority to trust', { initial: true }), file('')),
  method: { ...method, parse: (value: string) => method.parse(value.toUpperCase()) },
  connect_timeout: seconds('longest wait for a connection', { initial: 60 }),
  read_timeout: seconds('longest silence of the server', { initial: 60 }),
  jobs: integer('transfers at once', { minimum: 1 }),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: true }),
  cert_path: file('client certificate', { owner: 'towline' }),
  key_path: file('key of the client certificate, where it is not in the same file', { owner: 'towline' }),
  query: secret("what follows the '?' of every URL, for servers whose URLs are signed by it", { owner: 'towline' }),
  delete: flag('the server honours DELETE: allow garbage collection', { initial: false, owner: 'towline' }),
} as const;

/** The values of the options. */
export type HttpOptions = OptionsOf<typeof options>;
