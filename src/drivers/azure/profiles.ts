/** What one implementation of the blob service does in its own way. A row is a fact with its source and the day it was looked at. */
export interface Profile {
  readonly name: string;
  /** Its `Server` header. */
  readonly server: RegExp;
  /** Whether Put Blob From URL is there: by it the service checks the MD5 of what it copies. */
  readonly putsFromUrl: boolean;
  /** What its message says of bytes whose MD5 is not that of Content-MD5, where it gives no code for that. */
  readonly wrongMd5?: RegExp;
  readonly source: string;
  readonly checked: string;
}

/** The first row whose server matches counts. */
export const profiles: readonly Profile[] = [
  { name: 'azure', server: /^Windows-Azure-Blob/, putsFromUrl: true, source: 'https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url', checked: '2026-11-21' },
  { name: 'azurite', server: /^Azurite-Blob/, putsFromUrl: false, wrongMd5: /contentMD5 doesn't match/, source: 'test/drivers/azure.test.ts on Azurite 3.35.0', checked: '2026-11-21' },
];

/** A service that nobody has described is taken for Azure itself. */
export const unknownProfile: Profile = { ...(profiles[0] as Profile), name: 'unknown' };

export const profileByServer = (server: string): Profile | undefined => profiles.find((row) => row.server.test(server));
