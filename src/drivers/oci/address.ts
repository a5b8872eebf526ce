import { TowlineError } from '../../errors.ts';
import { redactUrl } from '../../http/redact.ts';
import { checkRepository } from '../../oci/reference.ts';
import type { Address } from '../../storage/definition.ts';

const HINT = 'Write it as oci://HOST/REPOSITORY, without tag, user and query.';

/** Reads oci://HOST/REPOSITORY. There is no default host and no default namespace: what is written is meant. */
export function parseAddress(text: string): Address {
  const { host, name } = /^oci:\/\/(?<host>[^/?#@]+)\/(?<name>[^?#]+?)\/?$/i.exec(text)?.groups ?? {};
  if (host === undefined || name === undefined) throw new TowlineError('INVALID_CONFIG', `'${redactUrl(text)}' is not the URL of a repository`, { hint: HINT });
  try {
    checkRepository({ host: host.toLowerCase(), name });
  } catch (cause) {
    if (!(cause instanceof TowlineError)) throw cause;
    throw new TowlineError('INVALID_CONFIG', cause.message, { cause, hint: cause.hint ?? HINT });
  }
  return { displayUrl: `oci://${host.toLowerCase()}/${name}`, host: host.toLowerCase(), path: name };
}
