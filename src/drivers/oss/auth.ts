import { fetched, fixed, keyPair, type KeyCredentials, type Login } from '../../http/login.ts';
import type { Opening } from '../../storage/definition.ts';
import type { OssOptions } from './options.ts';
import { settingOf } from './settings.ts';

/** Chooses by DVC's order: each key from the options, else from the environment; then a role of the machine. Nobody at all is anonymous, as there. */
export function createLogin(options: OssOptions, opening: Opening): Login {
  if (options.allow_anonymous_login === true) return fixed('anonymous');
  const { oss_ram_role: named } = options;
  const keys = named === undefined ? keysOf(options, opening) : undefined;
  if (keys) return fixed(keys);
  const role = settingOf('oss_ram_role', options, opening);
  if (role === undefined) return fixed('anonymous');
  return fetched(async () => {
    const { fetchRoleCredentials } = await import('./ram-role.ts');
    return fetchRoleCredentials(role, options.oss_metadata_endpoint, opening);
  });
}

function keysOf(options: OssOptions, opening: Opening): KeyCredentials | undefined {
  const [id, secret] = [settingOf('oss_key_id', options, opening), settingOf('oss_key_secret', options, opening)];
  // A token belongs to its key: that of the environment means nothing to a key of the remote.
  const token = options.oss_key_id === undefined ? settingOf('oss_session_token', options, opening) : options.oss_session_token;
  // DVC's client takes blanks at their ends away.
  return keyPair(id?.trim(), secret?.trim(), { token, names: "'oss_key_id' and 'oss_key_secret' (OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET in the environment)" });
}
