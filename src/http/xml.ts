import { TowlineError } from '../errors.ts';

/** What a reader of XML wants to hear. Names are without their namespace prefix; `raw` text is decoded by `decodeText` only where it is used. */
export interface XmlVisitor {
  open?(name: string): void;
  /** An element without children. */
  leaf(name: string, raw: string): void;
  close?(name: string): void;
}

/** Deeper nesting than any answer of the service has. */
const DEPTH_LIMIT = 16;

/**
 * Reads `xml` from front to back and tells `visitor` what is there; throws CORRUPT at the first thing that is not well-formed.
 * Document types are refused: they are how a document attacks its reader, and no storage service sends one.
 */
export function scanXml(xml: string, visitor: XmlVisitor): void {
  const stack: string[] = [];
  let at = skipProlog(xml);
  if (at >= xml.length) throw damaged('it is empty', 0);
  do at = stepXml(xml, at, { stack, visitor });
  while (stack.length > 0);
  requireNothing(xml, at);
}

interface Walk {
  readonly stack: string[];
  readonly visitor: XmlVisitor;
}

/** Reads one tag, and the text of a childless element with it. Returns where the next one is looked for. */
function stepXml(xml: string, from: number, { stack, visitor }: Walk): number {
  const start = xml.indexOf('<', from);
  if (start < 0) throw damaged(`<${stack.at(-1) ?? '?'}> has no end`, xml.length);
  if (start > from) requireBlank(xml, from, start);
  const mark = xml.charCodeAt(start + 1);
  if (mark === 0x21 || mark === 0x3f) return skipRemark(xml, start);
  const end = endOfTag(xml, start);
  if (mark === 0x2f) {
    const name = localName(xml.slice(start + 2, end));
    if (stack.pop() !== name) throw damaged(`</${name}> closes nothing`, start);
    visitor.close?.(name);
    return end + 1;
  }
  const isEmpty = xml.charCodeAt(end - 1) === 0x2f;
  const tag = xml.slice(start + 1, isEmpty ? end - 1 : end);
  const name = localName(tag);
  if (isEmpty) {
    visitor.leaf(name, '');
    return end + 1;
  }
  const next = xml.indexOf('<', end + 1);
  if (next >= 0 && xml.charCodeAt(next + 1) === 0x2f) return readLeaf(xml, { name, textStart: end + 1, textEnd: next }, visitor);
  if (stack.push(name) > DEPTH_LIMIT) throw damaged('it is nested too deeply', start);
  visitor.open?.(name);
  return end + 1;
}

interface Leaf {
  readonly name: string;
  readonly textStart: number;
  readonly textEnd: number;
}

function readLeaf(xml: string, { name, textStart, textEnd }: Leaf, visitor: XmlVisitor): number {
  const close = textEnd + 2 + name.length;
  if (xml.charCodeAt(close) === 0x3e && xml.startsWith(name, textEnd + 2)) {
    visitor.leaf(name, xml.slice(textStart, textEnd));
    return close + 1;
  }
  const end = endOfTag(xml, textEnd);
  const closed = localName(xml.slice(textEnd + 2, end));
  if (closed !== name) throw damaged(`</${closed}> closes <${name}>`, textEnd);
  visitor.leaf(name, xml.slice(textStart, textEnd));
  return end + 1;
}

/** A tag's '>' counts only outside quotes. */
function endOfTag(xml: string, start: number): number {
  const end = xml.indexOf('>', start);
  if (end < 0) throw damaged('a tag has no end', start);
  if (!/["']/.test(xml.slice(start, end))) return end;
  const tag = /<\/?[^<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*>/y;
  tag.lastIndex = start;
  if (!tag.test(xml)) throw damaged('a tag has no end', start);
  return tag.lastIndex - 1;
}

function localName(tag: string): string {
  if (/^[A-Za-z]\w*$/.test(tag)) return tag;
  const blank = tag.search(/\s/);
  const whole = blank < 0 ? tag : tag.slice(0, blank);
  const name = whole.slice(whole.indexOf(':') + 1);
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) throw damaged(`${JSON.stringify(name.slice(0, 40))} is no name of an element`, 0);
  return name;
}

function requireBlank(xml: string, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const code = xml.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) throw damaged('text stands between elements', at);
  }
}

/** Only blanks and comments may follow the end. One expression for both would try all ways to group a hundred comments. */
function requireNothing(xml: string, end: number): void {
  for (let at = end; at < xml.length; ) {
    if (xml.startsWith('<!--', at)) at = skipRemark(xml, at);
    else if (/\s/.test(xml.charAt(at))) at += 1;
    else throw damaged('something follows its end', at);
  }
}

// CompleteMultipartUpload and CopyObject send blanks while they work, so that the connection lives: they may come before the declaration.
function skipProlog(xml: string): number {
  return /^\uFEFF?\s*(?:<\?xml[^>]*\?>)?\s*/.exec(xml)?.[0].length ?? 0;
}

function skipRemark(xml: string, start: number): number {
  const end = xml.startsWith('<!--', start) ? xml.indexOf('-->', start + 4) : -1;
  if (end < 0) throw damaged('it holds a document type, a section or an instruction', start);
  return end + 3;
}

const damaged = (why: string, at: number): TowlineError =>
  new TowlineError('CORRUPT', `The server sent damaged XML: ${why}`, { context: { offset: at }, hint: 'Look whether the endpoint is that of the service, and whether a proxy alters its answers.' });

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The characters that `raw` text of an element means. */
export function decodeText(raw: string): string {
  return raw.includes('&') ? raw.replace(/&([^;&]{0,10});?/g, (whole, name: string) => decodeEntity(whole, name)) : raw;
}

function decodeEntity(whole: string, name: string): string {
  const named = whole.endsWith(';') ? NAMED[name] : undefined;
  if (named !== undefined) return named;
  const number = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name);
  const code = number ? Number.parseInt(number[1] ?? number[2] ?? '', number[1] === undefined ? 10 : 16) : Number.NaN;
  if (!whole.endsWith(';') || !(code > 0 && code <= 0x10ffff)) throw damaged(`${JSON.stringify(whole)} is no character`, 0);
  return String.fromCodePoint(code);
}

/** Text as it must stand inside an element. */
export function encodeText(text: string): string {
  return text.replace(/[&<>"\u0000-\u001f]/g, (one) => `&#${one.charCodeAt(0)};`);
}

/** The first value of each childless element, for small answers whose names do not repeat, and the name of the whole. */
export function readFields(xml: string): { readonly root: string; readonly fields: ReadonlyMap<string, string> } {
  const fields = new Map<string, string>();
  let root = '';
  const leaf = (name: string, raw: string): void => {
    root ||= name;
    if (!fields.has(name)) fields.set(name, decodeText(raw));
  };
  scanXml(xml, { open: (name) => void (root ||= name), leaf });
  return { root, fields };
}
