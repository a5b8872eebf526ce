/** A request as it stood on the wire. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What OSS says when it refuses. */
export class OssFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, code: string, { message = code, ...fields }: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (one) => ESCAPES[one] ?? one);
export const unescapeXml = (text: string): string => text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (...[, decimal, hex, name]: readonly string[]) => {
  if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
  if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
  return { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name ?? ''] ?? '';
});

/** An element; what is no text already is put inside as it is. */
export const element = (name: string, ...inside: readonly (string | number | boolean)[]): string => `<${name}>${inside.join('')}</${name}>`;
export const text = (name: string, value: string | number | boolean): string => element(name, escapeXml(String(value)));
export const document = (root: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;

/** The text of each element of a name, for the small documents that clients send. */
export const valuesOf = (xml: string, name: string): readonly string[] => [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([^]*?)</${name}>`, 'g'))].map((match) => match[1] ?? '');
export const valueOf = (xml: string, name: string): string | undefined => valuesOf(xml, name).map(unescapeXml)[0];

/** OSS writes whole seconds, and oss2 reads nothing else. */
export const isoTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}.000Z`;
