import { file, flag, integer, type OptionsOf, secret, text } from '../../storage/options.ts';

/** The options of a Google Drive remote, spelled as DVC spells them. Which belong together is checked in `auth.ts`, in DVC's words. */
export const options = {
  gdrive_client_id: text("OAuth client id of your own, since Google blocks DVC's"),
  gdrive_client_secret: secret('secret of that client'),
  gdrive_user_credentials_file: file("where the login of a person is kept; else DVC's place in the user's cache folder"),
  profile: text("name of the login in the user's cache folder"),
  gdrive_use_service_account: flag('log in as a service account', { initial: false }),
  gdrive_service_account_json_file_path: file('key file of the service account'),
  gdrive_service_account_user_email: text('user the service account acts for, by domain-wide delegation'),
  gdrive_trash_only: flag('put into the trash instead of deleting', { initial: false }),
  gdrive_acknowledge_abuse: flag('download files that Google flags as malware or spam', { initial: false }),
  jobs: integer('transfers at once', { minimum: 1 }),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: true }),
  endpointurl: text('address of the service: a name below googleapis.com, or a server on this machine', { owner: 'towline' }),
} as const;

/** The values of the options. */
export type DriveOptions = OptionsOf<typeof options>;
