import { TowlineError } from '../errors.ts';
import type { Programs } from '../runtime.ts';
import type { RegistryCredentials } from './docker-config.ts';

const TIMEOUT_SECONDS = 60;
const ABSENT = /credentials not found in native keychain/i;

/** Asks `docker-credential-SUFFIX` for the credentials of a host, which it reads on stdin. Undefined where it has none. */
export async function askCredentialHelper(suffix: string, host: string, { runProgram }: Programs): Promise<RegistryCredentials | undefined> {
  const program = `docker-credential-${suffix}`;
  if (runProgram === undefined) throw new TowlineError('UNSUPPORTED', `the credentials of ${host} are kept by '${program}', and no program may be started here`, { hint: "Set 'user' and 'password' instead." });
  const end = await runProgram({ program, words: ['get'], timeoutSeconds: TIMEOUT_SECONDS, input: host }).catch((cause: unknown) => {
    throw cause instanceof TowlineError && cause.code === 'NOT_FOUND' ? failed(program, host, 'it cannot be started', cause) : cause;
  });
  if (end.code !== 0) {
    if (ABSENT.test(`${end.stdout}${end.stderr}`)) return undefined;
    throw failed(program, host, end.isTooLate ? `it did not answer within ${TIMEOUT_SECONDS} seconds` : `it ended with ${end.code ?? 'a signal'}`);
  }
  return read(end.stdout) ?? refuse(program, host);
}

/** What it printed is a secret, also where it cannot be read. */
function read(stdout: string): RegistryCredentials | undefined {
  try {
    const { Username: user, Secret: secret } = JSON.parse(stdout) as { readonly Username?: unknown; readonly Secret?: unknown };
    if (typeof user !== 'string' || typeof secret !== 'string') return undefined;
    return user === '<token>' ? { kind: 'identity', token: secret } : { kind: 'basic', user, password: secret };
  } catch {
    return undefined;
  }
}

function refuse(program: string, host: string): never {
  throw failed(program, host, 'its answer is not what such a program answers');
}

// oxlint-disable-next-line max-params -- the cause is there once only
function failed(program: string, host: string, what: string, cause?: unknown): TowlineError {
  return new TowlineError('UNAUTHENTICATED', `'${program}', which keeps the credentials of ${host}, failed: ${what}`, { cause, hint: "Install or unlock it, or set 'user' and 'password'." });
}
