import { oneLine } from '../http/error-xml.ts';

/** Of the value of a header: `299 - "text"`, the only form the distribution spec allows. */
const WARNING = /(?:^|,)\s*299 - "((?:[^"\\]|\\.)*)"/g;
const MOST = 10;
const LONGEST = 300;

/** What a registry has to say to people beside its answer. */
export function warningsOf(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  return [...header.matchAll(WARNING)].slice(0, MOST).map(([, text = '']) => oneLine(text.replace(/\\(.)/g, '$1')).slice(0, LONGEST)).filter((text) => text !== '');
}
