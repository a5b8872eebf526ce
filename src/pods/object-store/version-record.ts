import { parse, stringify } from 'yaml';
import { TowlineError } from '../../errors.ts';
import { memoryFile } from '../../storage/archive/memory-file.ts';
import { openZip } from '../../storage/archive/open-zip.ts';
import { createZipWriter } from '../../storage/archive/zip-writer.ts';
import { gather } from '../../storage/content.ts';
import { fromBytes, type Source } from '../../storage/source.ts';
import type { PodVersion } from '../pod.ts';

const NAME = 'version.yaml';
const FORMAT = 'towline-1';
const LARGEST = 1 << 20;

/** The version zip: one `version.yaml` that says what is known of a version. `id` tells two who saved at once apart. docs/formats/pods.md. */
export async function writeVersionRecord(about: PodVersion & { readonly id: string }): Promise<Uint8Array> {
  const text = stringify({
    format: FORMAT, id: about.id, name: about.name, version: about.version, created_at: about.createdAt?.toISOString() ?? '', description: about.message ?? '', user: about.author ?? '',
    localstack_version: about.localstackVersion ?? '', services: [...about.services], storage_size: about.size, sha256: about.digest?.replace('sha256:', '') ?? '', ...(about.keyId !== undefined && { key_id: about.keyId }),
  }, { lineWidth: 0, indentSeq: false });
  const kept = memoryFile();
  const writer = createZipWriter(kept.file);
  await writer.add({ name: NAME, mode: 0o100644, size: Buffer.byteLength(text) }, fromBytes(Buffer.from(text)).open());
  writer.finish();
  return kept.bytes();
}

/** What a version zip of ours says; undefined for one of LocalStack, whose format is its own. */
export async function readVersionRecord(source: Source, place: string): Promise<(PodVersion & { readonly id: string }) | undefined> {
  const zip = await openZip(source);
  const member = zip.members.find(({ name }) => name === NAME);
  if (member === undefined || member.size > LARGEST) return undefined;
  const said: unknown = parse(Buffer.from(await gather(zip.content(member), LARGEST)).toString(), { maxAliasCount: 0, schema: 'core', logLevel: 'silent' });
  if (!isMap(said) || said['format'] !== FORMAT) return undefined;
  const { id, name, version, created_at: created, description, user, localstack_version: localstackVersion, services, storage_size: size, sha256, key_id: keyId } = said;
  const createdAt = new Date(textOf(created));
  if (typeof version !== 'number' || typeof size !== 'number' || !/^[0-9a-f]{64}$/.test(textOf(sha256)) || Number.isNaN(createdAt.getTime())) throw new TowlineError('CORRUPT', `'${NAME}' in ${place} is damaged`);
  return {
    id: textOf(id), name: textOf(name), version, size, createdAt, digest: `sha256:${textOf(sha256)}`,
    services: Array.isArray(services) ? services.map(textOf) : [],
    ...(textOf(description) !== '' && { message: textOf(description) }), ...(textOf(user) !== '' && { author: textOf(user) }), ...(textOf(localstackVersion) !== '' && { localstackVersion: textOf(localstackVersion) }),
    ...(textOf(keyId) !== '' && { keyId: textOf(keyId) }),
  };
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Control characters have no place in what is shown. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value.replace(/[\u0000-\u001f\u007f]+/g, ' ') : '');
