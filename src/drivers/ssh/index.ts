import { TowlineError } from '../../errors.ts';
import { type Address, defineDriver } from '../../storage/definition.ts';
import type { OptionsOf } from '../../storage/options.ts';
import { parseSshUrl } from './address.ts';
import type { Answers } from './auth.ts';
import { createSshDriver } from './driver.ts';
import type { Link } from './link.ts';
import { localFiles } from './local-files.ts';
import { connectOpenssh } from './openssh-link.ts';
import { sshOptions } from './options.ts';
import { createPool } from './pool.ts';
import { connectRoute, type Destination } from './route.ts';
import { loadSsh2 } from './ssh2.ts';

/** Folders on servers that are reached by SSH. */
export const ssh = defineDriver({
  kind: 'storage',
  name: 'ssh',
  schemes: ['ssh'],
  options: sshOptions,
  parse: parseSshUrl,
  async open(address, options, opening) {
    const destination = destinationOf(address, options);
    const answers: Answers = { password: undefined, passphrases: new Map() };
    const connect = async (ending: AbortSignal): Promise<Link> => {
      if (transportOf(options) === 'openssh') return connectOpenssh(destination, { gssAuth: options.gss_auth, runtime: opening });
      return await connectRoute(destination, { ssh2: await loadSsh2(), files: localFiles, runtime: opening, answers, ending });
    };
    transportOf(options);
    const { user, host, port } = destination;
    return createSshDriver({
      displayUrl: address.displayUrl, root: address.path === '/' ? '' : (address.path ?? ''), pool: createPool(connect),
      randomBytes: opening.randomBytes, folders: new Map(), fsync: options.fsync,
      server: `${user ?? ''}@${host}:${port ?? ''}`,
    });
  },
});

/** Kerberos is what the ssh program can do and ssh2 cannot, so a remote that asks for it gets it. */
function transportOf({ transport, gss_auth: wantsKerberos, password }: OptionsOf<typeof sshOptions>): 'ssh2' | 'openssh' {
  if (transport === 'ssh2' && wantsKerberos) {
    throw new TowlineError('INVALID_CONFIG', "'gss_auth' needs 'transport = openssh': the ssh2 package knows no Kerberos", { hint: "Remove 'transport' or set it to openssh." });
  }
  const chosen = transport ?? (wantsKerberos ? 'openssh' : 'ssh2');
  if (chosen === 'openssh' && password !== undefined && !wantsKerberos) {
    throw new TowlineError('INVALID_CONFIG', "'password' cannot be given to the ssh program", { hint: "Use a key or an agent, or remove 'transport = openssh'." });
  }
  return chosen;
}

function destinationOf({ host = '', options: inUrl = {} }: Address, options: OptionsOf<typeof sshOptions>): Destination {
  const port = options.port ?? (inUrl['port'] === undefined ? undefined : Number(inUrl['port']));
  return {
    host, user: options.user ?? inUrl['user'], port, password: options.password ?? inUrl['password'],
    askPassword: options.ask_password, passphrase: options.passphrase, keyfile: options.keyfile, allowAgent: options.allow_agent,
    limits: { timeoutSeconds: options.timeout, channels: Math.max((options.max_sessions ?? 10) - 2, 1) },
    hostKeys: { checking: options.host_key_checking, file: options.known_hosts_file },
  };
}

