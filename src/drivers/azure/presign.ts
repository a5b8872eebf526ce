import { TowlineError } from '../../errors.ts';
import type { Path } from '../../storage/path.ts';
import type { Session } from './session.ts';
import { signedUrl } from './signed-url.ts';

export interface PresignOptions {
  readonly method: 'GET' | 'PUT';
  readonly expiresInSeconds: number;
}

/** An address by which anybody can read or write one object until it ends. Whoever writes by it must send 'x-ms-blob-type: BlockBlob'. */
export async function presign(session: Session, path: Path, { method, expiresInSeconds }: PresignOptions): Promise<string> {
  const { client, keyOf } = session;
  const key = keyOf(path);
  if (!(expiresInSeconds >= 1 && Number.isFinite(expiresInSeconds))) throw new TowlineError('INVALID_ARGUMENT', `A signed address lives at least 1 second, not ${expiresInSeconds}`);
  const url = await signedUrl(session, { key, permissions: method === 'GET' ? 'r' : 'cw', expiresInSeconds: Math.floor(expiresInSeconds) });
  if (url !== undefined) return url;
  const { login } = client.settings;
  if (login.kind === 'anonymous' && method === 'GET') return client.urlOf(key);
  throw new TowlineError('UNSUPPORTED', `${client.where(key)}: ${login.kind === 'sas' ? 'a SAS cannot sign another one, and this one may allow more than was asked for' : 'there is no key to sign an address with'}`, { hint: 'Set account_key of the remote, or log in with an identity.' });
}
