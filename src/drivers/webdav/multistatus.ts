import { TowlineError } from '../../errors.ts';
import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import { decodeText, scanXml } from '../../http/xml.ts';

/** What a server says of one resource. */
export interface Resource {
  readonly href: string;
  readonly isCollection: boolean;
  readonly size?: number;
  readonly etag?: string;
  readonly modifiedAt?: number;
}

const bytes = Buffer.from('<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getetag/><getlastmodified/></prop></propfind>');
/** Asks for the four properties that are wanted; all of them would be many, and slow on some servers. */
export const PROPFIND_BODY: HttpBody = {
  size: bytes.byteLength, bytes,
  async *open() { yield bytes; },
};

/** More than any server says of one resource. */
const LONGEST = 1024 * 1024;
const START = /<(?:[\w.-]+:)?response[\s>]/;
const END = /<\/(?:[\w.-]+:)?response\s*>/;
const WHOLE = /<(?:\/(?:[\w.-]+:)?multistatus\s*|(?:[\w.-]+:)?multistatus\b[^<>]*\/)>\s*$/;

/** Reads the answer to a PROPFIND piece by piece: a folder may hold a million resources. `onStart` is told how it begins. */
export async function* readMultistatus(response: HttpResponse, onStart?: (text: string) => void): AsyncGenerator<Resource> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = createReader(onStart);
  for await (const chunk of response.body) yield* reader.take(decoded(decoder, chunk));
  reader.end();
}

/** Takes the text of an answer in pieces of any size. `end` throws unless it was whole. */
export interface MultistatusReader {
  take(text: string): readonly Resource[];
  end(): void;
}

export function createReader(onStart: (text: string) => void = () => undefined): MultistatusReader {
  let rest = '';
  let isFirst = true;
  return {
    take(text) {
      const ends = new RegExp(END, 'g');
      // An end may have begun in the piece before.
      ends.lastIndex = Math.max(0, rest.length - 64);
      rest += text;
      const resources: Resource[] = [];
      let from = 0;
      while (ends.exec(rest) !== null) {
        if (isFirst) onStart(rest.slice(0, 2000));
        isFirst = false;
        const resource = parsePiece(rest.slice(from, ends.lastIndex));
        from = ends.lastIndex;
        if (resource) resources.push(resource);
      }
      rest = rest.slice(from);
      if (rest.length > LONGEST) throw damaged('it says too much of one resource');
      return resources;
    },
    end() {
      if (!WHOLE.test(rest)) throw damaged('it has no end');
    },
  };
}

function parsePiece(piece: string): Resource | undefined {
  const start = START.exec(piece)?.index;
  if (start === undefined) throw damaged('</response> closes nothing');
  return parseResponse(piece.slice(start));
}

type Properties = Partial<Omit<Resource, 'href'>>;
interface Found { href: string | undefined; status: number; properties: Properties }
interface Propstat { status: number; properties: Properties }

/** Undefined for a resource that the server says is not there. */
function parseResponse(xml: string): Resource | undefined {
  const found: Found = { href: undefined, status: 200, properties: {} };
  let propstat: Propstat | undefined;
  scanXml(xml, {
    open(name) {
      if (name === 'propstat') propstat = { status: 200, properties: {} };
    },
    leaf(name, raw) {
      if (name === 'status') (propstat ?? found).status = statusOf(decodeText(raw));
      else if (propstat) propstat.properties = { ...propstat.properties, ...propertyOf(name, raw) };
      else if (name === 'href') found.href ??= decodeText(raw).trim();
    },
    close(name) {
      if (name !== 'propstat') return;
      // What a resource does not have is listed as well, with the status 404.
      if (propstat && isGood(propstat.status)) found.properties = { ...found.properties, ...propstat.properties };
      propstat = undefined;
    },
  });
  const { href, status, properties } = found;
  if (href === undefined) throw damaged('a resource has no href');
  return isGood(status) ? { href, isCollection: false, ...properties } : undefined;
}

function propertyOf(name: string, raw: string): Properties {
  const text = decodeText(raw).trim();
  if (name === 'collection') return { isCollection: true };
  if (name === 'getcontentlength' && /^\d{1,15}$/.test(text)) return { size: Number(text) };
  if (name === 'getetag' && text !== '') return { etag: text };
  const modifiedAt = name === 'getlastmodified' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(modifiedAt) ? {} : { modifiedAt };
}

const statusOf = (line: string): number => Number(/^\s*HTTP\/[\d.]+\s+(\d{3})/i.exec(line)?.[1] ?? 200);
const isGood = (status: number): boolean => status >= 200 && status < 300;

function decoded(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw damaged('it is not UTF-8', cause);
  }
}

const damaged = (why: string, cause?: unknown): TowlineError =>
  new TowlineError('CORRUPT', `The server's answer to PROPFIND is damaged: ${why}`, { cause, hint: 'Look whether the URL is that of the WebDAV server, and whether a proxy alters its answers.' });
