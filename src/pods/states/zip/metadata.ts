import { parse, stringify } from 'yaml';
import { openZip, type OpenZip } from '../../../storage/archive/open-zip.ts';
import { gather } from '../../../storage/content.ts';
import type { Source } from '../../../storage/source.ts';
import { TowlineError } from '../../../errors.ts';
import { METADATA, servicesIn } from './units.ts';

/** What `metadata.yaml` says of a state; keys as they stand there. Whatever else stands there is kept. */
export type StateMetadata = Readonly<Record<string, unknown>>;

const MOST_BYTES = 1 << 20;

/** Undefined where a state has none, which is legal. Values are plain: no tags, no aliases that multiply. */
export async function readMetadata(zip: OpenZip): Promise<StateMetadata | undefined> {
  const member = zip.members.findLast(({ name }) => name === METADATA);
  if (member === undefined) return undefined;
  const text = Buffer.from(await gather(zip.content(member), MOST_BYTES)).toString();
  try {
    const value: unknown = parse(text, { maxAliasCount: 0, schema: 'core', logLevel: 'silent' });
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as StateMetadata;
  } catch (cause) {
    throw new TowlineError('CORRUPT', `'${METADATA}' of the state cannot be read`, { cause });
  }
  throw new TowlineError('CORRUPT', `'${METADATA}' of the state is no map`);
}

/** As `state export` of LocalStack writes it: keys sorted, lists not indented. */
export function serializeMetadata(metadata: StateMetadata): string {
  return stringify(metadata, { sortMapEntries: true, indentSeq: false, lineWidth: 0 });
}

/** What is to be noted of a state. */
export async function notesOf(source: Source): Promise<{ readonly services: readonly string[]; readonly localstackVersion?: string }> {
  const zip = await openZip(source);
  const metadata = await readMetadata(zip).catch(() => undefined);
  const version = metadata?.['localstack_version'];
  return { services: servicesIn(zip.members), ...(typeof version === 'string' && version !== '' && { localstackVersion: version }) };
}
