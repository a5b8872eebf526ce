import { remoteOf, settingsOf } from '../../remotes/made-remote.ts';
import { isAbsolute } from 'node:path';
import { type Part, partAt } from '../config/values.ts';
import { expandPath } from '../config/variables.ts';
import { type Finding, type RemoteTarget, splitUrl } from './target.ts';

/** The entry of `google.storage.credentials` that counts: the one whose folder is nearest, compared at slashes; undefined: the defaults. */
export function chooseGs(url: string, { config }: Pick<Finding, 'config'>): Part | undefined {
  const { host, rest } = splitUrl(url);
  const whole = `${host}/${rest}`.replace(/\/+$/, '');
  const wanted = (part: Part): string => [part.text('bucket'), part.text('subdir')].map((one) => one?.replace(/^["'/]+|["'/]+$/g, '')).filter((one) => one !== undefined && one !== '').join('/');
  return partAt(config, 'sdk.google.storage').parts('credentials')
    .filter((part) => wanted(part) !== '' && `${whole.toLowerCase()}/`.startsWith(`${wanted(part).toLowerCase()}/`))
    .toSorted((a, b) => wanted(b).length - wanted(a).length)[0];
}

/** `gs://bucket/name`. An entry inherits nothing of the defaults. */
export function gsTarget(url: string, finding: Finding): RemoteTarget {
  const { config } = finding;
  const entry = chooseGs(url, finding);
  const part = entry ?? partAt(config, 'sdk.google.storage');
  const { host, rest } = splitUrl(url);
  const credentials = part.text('credentials_json');
  const isText = credentials?.trimStart().startsWith('{') === true;
  const path = credentials === undefined || isText ? undefined : expandPath(credentials, config);
  const settings = settingsOf({
    credentialpath: isText ? finding.keepSecret('gs', credentials) : path === undefined || isAbsolute(path) ? path : finding.absolute(path),
  }, part.place());
  const { file, line } = part.place();
  return {
    kind: 'remote', base: `gs://${host}`, name: rest, remote: remoteOf(`gs://${host}`, settings), written: { unknownType: 'application/octet-stream' },
    reason: `${entry === undefined ? 'the defaults of sdk.google.storage' : `the entry of sdk.google.storage.credentials at ${file}:${line}`}, with ${credentials === undefined ? "Google's own chain of credentials" : isText ? 'the key that stands there' : `the key in '${path ?? ''}'`}`,
  };
}
