import { TowlineError } from '../../../errors.ts';

const DEFAULT = 'http://localhost:4566';
const PORT = '4566';

/** Where LocalStack is: what was said, else LOCALSTACK_HOST ('host', 'host:port' or a URL), else this machine. */
export function endpointOf(said: string | undefined, env: Readonly<Record<string, string | undefined>>): URL {
  const host = env['LOCALSTACK_HOST'];
  if (said !== undefined) return parseEndpoint(said, '--endpoint');
  return host === undefined || host === '' ? new URL(DEFAULT) : parseEndpoint(host, 'LOCALSTACK_HOST');
}

function parseEndpoint(text: string, where: string): URL {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const full = hasScheme ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || !/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new TowlineError('INVALID_ARGUMENT', `${where} is no address of a LocalStack`, { hint: `Write it as ${DEFAULT}.` });
  }
  if (!hasScheme && !/:\d+$/.test(text)) url.port = PORT;
  return url;
}
