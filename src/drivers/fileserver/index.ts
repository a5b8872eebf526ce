import { TowlineError } from '../../errors.ts';
import { redactUrl } from '../../http/redact.ts';
import { defineDriver } from '../../storage/definition.ts';
import { options } from './options.ts';

/** ClearML's file server: read by GET, written by a form, never listed. Its URLs are those of any web server, so it is opened by name only. */
export const fileserver = defineDriver({
  kind: 'storage',
  name: 'fileserver',
  schemes: [],
  options,
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || url.search !== '') throw new TowlineError('INVALID_CONFIG', `'${redactUrl(text)}' is not the address of a file server`, { hint: 'Write it as https://HOST:8081.' });
    const path = url.pathname.replace(/\/+$/, '');
    return { displayUrl: `${url.protocol}//${url.host}${path}`, host: url.host, path };
  },
  async open(address, chosen, opening) {
    const { createFileserverDriver } = await import('./driver.ts');
    return createFileserverDriver(address, chosen, opening);
  },
});
