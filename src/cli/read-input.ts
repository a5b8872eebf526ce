import { Readable } from 'node:stream';

import { TowlineError } from '../errors.ts';
import type { Context } from './command.ts';

/** Values are typed or piped by people: more than this is a file by mistake. */
const INPUT_BYTES = 64 * 1024;

/** What is typed or piped for '-', without the line end that echo adds: a secret that stands on no command line and in no history. */
export async function readInput({ ask }: Pick<Context, 'ask'>, what: string, input: AsyncIterable<Uint8Array> = process.stdin): Promise<string> {
  if (ask) return await ask({ text: `${what}: `, secret: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > INPUT_BYTES) throw new TowlineError('INVALID_ARGUMENT', `the standard input is longer than a value of '${what}' can be`);
  }
  const text = Buffer.concat(chunks).toString('utf8').replace(/\r?\n$/, '');
  if (text === '') throw new TowlineError('INVALID_ARGUMENT', `the standard input holds no value for '${what}'`, { hint: `As in: pass show store | tow remote modify --local NAME ${what} -` });
  return text;
}

/** The lines of the standard input up to the first empty one, which is where DVC stops. */
export async function readLines(input: AsyncIterable<Uint8Array> = process.stdin): Promise<readonly string[]> {
  const { createInterface } = await import('node:readline');
  const lines: string[] = [];
  for await (const line of createInterface({ input: Readable.from(input) })) {
    if (line === '') break;
    lines.push(line);
  }
  return lines;
}
