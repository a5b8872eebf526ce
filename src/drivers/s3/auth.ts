import { fetched, fixed, keyPair, type Login } from '../../http/login.ts';
import type { Runtime } from '../../runtime.ts';
import type { LoginFacts } from './official-credentials.ts';
import type { S3Options } from './options.ts';

/**
 * Chooses by botocore's order: options of the remote, the environment (unless the `profile` option is set), then the AWS chain: shared files,
 * roles, SSO, web identity, process, container, instance.
 */
export function createLogin(options: S3Options, facts: LoginFacts, runtime: Runtime): Login {
  if (options.allow_anonymous_login === true) return fixed('anonymous');
  const own = keyPair(options.access_key_id, options.secret_access_key, { token: options.session_token, names: "'access_key_id' and 'secret_access_key'" });
  if (own) return fixed(own);
  const { env } = runtime;
  const names = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment';
  const lent = options.profile === undefined ? keyPair(env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY'], { token: env['AWS_SESSION_TOKEN'] ?? env['AWS_SECURITY_TOKEN'], names }) : undefined;
  return lent ? fixed(lent) : fetched(async (isRefresh) => {
    const { fetchOfficialCredentials } = await import('./official-credentials.ts');
    return fetchOfficialCredentials(facts, runtime, { isRefresh });
  });
}
