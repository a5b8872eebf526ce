import { TowlineError } from '../../errors.ts';

/** One section of an AWS file: its keys, and the keys of its indented parts (`s3 =`). */
export interface AwsSection {
  readonly values: ReadonlyMap<string, string>;
  readonly parts: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/**
 * Reads the text of an AWS config or credentials file as botocore does: `[section]`, `key = value`, comments from '#' or ';' at the start of a
 * line or after a blank, and indented lines that belong to the key above. `place` names the file in errors.
 */
export function parseAwsFile(content: string, place: string): ReadonlyMap<string, AwsSection> {
  const sections = new Map<string, { values: Map<string, string>; parts: Map<string, Map<string, string>> }>();
  let section: { values: Map<string, string>; parts: Map<string, Map<string, string>> } | undefined;
  let part: Map<string, string> | undefined;
  for (const [index, line] of content.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const header = /^\[\s*([^\]]+?)\s*\]\s*(?:[#;].*)?$/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.replace(/\s+/g, ' ').replace(/"/g, '');
      section = sections.get(name) ?? { values: new Map(), parts: new Map() };
      sections.set(name, section);
      part = undefined;
      continue;
    }
    const [, indent = '', key = '', value = ''] = /^(\s*)([^=:\s][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === '' || section === undefined) throw new TowlineError('INVALID_CONFIG', `${place}:${index + 1}: expected [section] or key = value`, { hint: 'Correct that line.' });
    if (indent !== '') part?.set(key.toLowerCase(), bare(value));
    else {
      section.values.set(key.toLowerCase(), bare(value));
      part = new Map();
      if (value === '') section.parts.set(key.toLowerCase(), part);
    }
  }
  return sections;
}

const bare = (value: string): string => value.replace(/(?:^|\s+)[#;].*$/, '');

/** The `[profile NAME]` of a config file; 'default' may stand without the word. */
export function profileSection(sections: ReadonlyMap<string, AwsSection>, profile: string): AwsSection | undefined {
  return sections.get(`profile ${profile}`) ?? (profile === 'default' ? sections.get('default') : undefined);
}

/** The service's endpoint that a profile names: of its `services` section first, then its own. */
export function profileEndpoint(sections: ReadonlyMap<string, AwsSection>, section: AwsSection | undefined): string | undefined {
  const services = section?.values.get('services');
  const own = services === undefined ? undefined : sections.get(`services ${services}`)?.parts.get('s3')?.get('endpoint_url');
  return own ?? section?.values.get('endpoint_url');
}

/** How transfers are to be made, as the `s3 =` part of a profile says it. */
export interface TransferSettings {
  readonly addressingStyle: 'auto' | 'virtual' | 'path';
  readonly multipartThreshold: number;
  readonly multipartChunkSize: number;
  readonly maxConcurrentRequests: number | undefined;
  readonly useAccelerate: boolean;
  readonly useDualstack: boolean;
  readonly payloadSigning: boolean;
}

const MIB = 1024 * 1024;

/** Reads the `s3 =` part. Keys for other programs pass; a value that makes no sense does not. */
export function transferSettings(part: ReadonlyMap<string, string> = new Map(), place = 'the AWS config'): TransferSettings {
  const read = <T>(key: string, parse: (text: string) => T | undefined): T | undefined => {
    const text = part.get(key);
    const value = text === undefined ? undefined : parse(text);
    if (text !== undefined && value === undefined) throw new TowlineError('INVALID_CONFIG', `${place}: s3.${key} cannot be '${text}'`, { hint: 'Correct that value.' });
    return value;
  };
  return {
    addressingStyle: read('addressing_style', (text) => (['auto', 'virtual', 'path'] as const).find((one) => one === text.toLowerCase())) ?? 'auto',
    multipartThreshold: read('multipart_threshold', parseSize) ?? 64 * MIB,
    multipartChunkSize: read('multipart_chunksize', parseSize) ?? 16 * MIB,
    maxConcurrentRequests: read('max_concurrent_requests', (text) => (/^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined)),
    useAccelerate: read('use_accelerate_endpoint', parseFlag) ?? false,
    useDualstack: read('use_dualstack_endpoint', parseFlag) ?? false,
    payloadSigning: read('payload_signing_enabled', parseFlag) ?? false,
  };
}

const parseFlag = (text: string): boolean | undefined => (/^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined);

/** `24MiB`, `8MB`, `16777216`: KB and KiB alike are powers of 1024, as in the AWS command line. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,15})\s*(?:([KMGT])i?B)?$/i.exec(text.trim()) ?? [];
  const size = digits === undefined ? 0 : Number(digits) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' ');
  return size > 0 && Number.isSafeInteger(size) ? size : undefined;
}
