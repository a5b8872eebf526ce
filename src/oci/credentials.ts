import { join } from 'node:path';
import { readText, readTextIfReached } from '../disk/read.ts';
import { TowlineError } from '../errors.ts';
import type { Machine, Programs } from '../runtime.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { findInDockerConfig, type RegistryCredentials } from './docker-config.ts';
import { helperKey } from './hosts.ts';
import type { Repository } from './reference.ts';

/** What the remote itself says of who one is. */
export interface GivenCredentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Sent as a bearer token as it is. */
  readonly token?: string | undefined;
}
export type CredentialSources = Pick<Machine, 'env' | 'home'> & Programs;

/** Who one is towards a registry: what the remote says, ORAS_USERNAME and ORAS_PASSWORD, Docker's configuration, Podman's. Undefined: nobody. */
export async function findCredentials(repository: Repository, given: GivenCredentials, sources: CredentialSources): Promise<RegistryCredentials | undefined> {
  const { env } = sources;
  return fromRemote(given) ?? pair(env['ORAS_USERNAME'], env['ORAS_PASSWORD'], 'ORAS_USERNAME and ORAS_PASSWORD') ?? (await fromFiles(repository, sources));
}

function fromRemote({ user, password, token }: GivenCredentials): RegistryCredentials | undefined {
  return token !== undefined && token !== '' ? { kind: 'bearer', token } : pair(user, password, "'user' and 'password'");
}

function pair(user: string | undefined, password: string | undefined, names: string): RegistryCredentials | undefined {
  if (!user && !password) return undefined;
  if (!user || !password) throw new TowlineError('INVALID_CONFIG', `only one of ${names} is set`, { hint: 'Set both or neither.' });
  return { kind: 'basic', user, password };
}

async function fromFiles(repository: Repository, sources: CredentialSources): Promise<RegistryCredentials | undefined> {
  const { DOCKER_CONFIG: docker, REGISTRY_AUTH_FILE: podman } = sources.env;
  for (const file of files(sources)) {
    // What somebody named must be readable.
    const text = (docker && file.startsWith(docker)) || file === podman ? readText(file) : readTextIfReached(file);
    const kept = text === undefined ? undefined : findInDockerConfig(text, repository, `'${file}'`);
    const found = kept?.kind === 'helper' ? await askCredentialHelper(kept.suffix, helperKey(repository.host), sources) : kept?.credentials;
    if (found) return found;
  }
  return undefined;
}

function files({ env, home }: CredentialSources): readonly string[] {
  const { DOCKER_CONFIG: docker, REGISTRY_AUTH_FILE: podman, XDG_RUNTIME_DIR: runtime } = env;
  return [join(docker || join(home, '.docker'), 'config.json'), ...(podman ? [podman] : []), ...(runtime ? [join(runtime, 'containers', 'auth.json')] : [])];
}
