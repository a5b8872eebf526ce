import { TowlineError } from '../../../errors.ts';
import { parseWebOrigin } from '../../../http/web-origin.ts';

const PORT = '4566';
const DEFAULT = `localhost:${PORT}`;

/** Where LocalStack is: what was said, else LOCALSTACK_HOST ('host', 'host:port' or a URL), else this machine. */
export function endpointOf(said: string | undefined, env: Readonly<Record<string, string | undefined>>): URL {
  const host = env['LOCALSTACK_HOST'] === '' ? undefined : env['LOCALSTACK_HOST'];
  const url = parseWebOrigin(said ?? host ?? DEFAULT, PORT);
  if (url !== undefined) return url;
  throw new TowlineError('INVALID_ARGUMENT', `${said === undefined ? 'LOCALSTACK_HOST' : '--endpoint'} is no address of a LocalStack`, { hint: `Write it as ${DEFAULT}, with https:// before it where it has TLS.` });
}
