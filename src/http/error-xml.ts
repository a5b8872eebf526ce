import { TowlineError } from '../errors.ts';
import { readFields } from './xml.ts';

/** What an XML error says, by the names of its elements. Empty for what is none: then the status alone speaks. */
export function errorFields(text: string): ReadonlyMap<string, string> {
  if (!text.trimStart().startsWith('<')) return new Map();
  try {
    const { root, fields } = readFields(text);
    return root === 'Error' ? fields : new Map(text.includes('<ErrorResponse') ? fields : []);
  } catch (error) {
    if (error instanceof TowlineError && error.code === 'CORRUPT') return new Map();
    throw error;
  }
}

/** Text of a service on one line, as it may stand in a message. */
export const oneLine = (text: string): string => text.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').slice(0, 200);
