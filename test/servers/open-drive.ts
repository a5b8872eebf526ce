import { gdrive } from '../../src/drivers/gdrive/index.ts';
import type { Opening } from '../../src/storage/definition.ts';
import { type Driver, supports, type With } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { openingIn } from '../lent.ts';
import type { DriveFake } from './drive-fake.ts';

/** A driver of Drive with all its verbs. */
export type DriveDriver = With<'write' | 'list' | 'delete' | 'upload' | 'origin'>;
export interface DriveRemote {
  readonly url?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly opening?: Partial<Opening>;
  readonly home?: string;
}

/** The file that PyDrive2 would have left after a login, without an access token that still lives. */
export function credentialsOf({ auth, url }: DriveFake, email = 'ann@example.com'): string {
  return JSON.stringify({
    access_token: 'ya29.old', client_id: auth.client.id, client_secret: auth.client.secret, refresh_token: auth.refreshToken(email), token_expiry: '2020-01-01T00:00:00Z', token_uri: `${url}/token`,
    user_agent: null, revoke_uri: `${url}/revoke`, id_token: null, id_token_jwt: null, token_response: { token_type: 'Bearer' }, scopes: ['https://www.googleapis.com/auth/drive', 'https://www.googleapis.com/auth/drive.appdata'],
    token_info_uri: 'https://oauth2.googleapis.com/tokeninfo', invalid: false, _class: 'OAuth2Credentials', _module: 'oauth2client.client',
  });
}

/** Opens a remote on the fake; without a login of its own it has that of ann@example.com. */
export async function openDrive(fake: DriveFake, { url = 'gdrive://root/data', options = {}, env = { GDRIVE_CREDENTIALS_DATA: credentialsOf(fake) }, opening = {}, home = '/nonexistent' }: DriveRemote = {}): Promise<DriveDriver> {
  const settings = new Map(Object.entries({ endpointurl: fake.url, ...options }).map(([key, value]) => [key, { value, place: 'test' }]));
  const lent = openingIn(home);
  const driver: Driver = await gdrive.open(gdrive.parse(url), readOptions(gdrive.options, settings), { ...lent, ...opening, env: { HOME: home, ...env } });
  if (!supports(driver, 'write', 'list', 'delete', 'upload', 'origin')) throw new Error('the driver lacks verbs');
  return driver;
}
