import { hash } from 'node:crypto';
import type { Checksum } from './source.ts';

/** The base64 that Content-MD5 wants, of a hash already known. */
export const contentMd5 = (checksum: Checksum | undefined): string | undefined =>
  checksum?.name === 'md5' && /^[0-9a-f]{32}$/i.test(checksum.value) ? Buffer.from(checksum.value, 'hex').toString('base64') : undefined;

/** The same of bytes that are all here. */
export const md5Base64 = (bytes: string | Uint8Array): string => hash('md5', bytes, 'base64');
