import { choice, command, either, file, flag, integer, type OptionsOf, secret, text } from '../../storage/options.ts';

/** The options of a WebDAV remote, spelled as DVC spells them. Which login counts when there are several is decided in `auth.ts`, as DVC does it. */
export const options = {
  user: text('name to log in with'),
  password: secret('password, or the value of the custom header'),
  ask_password: flag('ask for the password when it is needed', { initial: false }),
  token: secret('bearer token'),
  bearer_token_command: command('program that prints a bearer token; it runs again when the server refuses the token'),
  custom_auth_header: text('header that carries the password'),
  cert_path: file('client certificate'),
  key_path: file('key of the client certificate, where it is not in the same file'),
  timeout: integer('seconds to wait for a connection, for an answer, and for the program that prints a token', { minimum: 1, initial: 30 }),
  ssl_verify: either(flag('verify certificates, or the file of the authority to trust', { initial: true }), file('')),
  jobs: integer('transfers at once', { minimum: 1 }),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: true }),
  auth: choice(['basic', 'digest'], 'how user and password are sent, basic if not given', { owner: 'towline' }),
} as const;

/** The values of the options. */
export type WebdavOptions = OptionsOf<typeof options>;
