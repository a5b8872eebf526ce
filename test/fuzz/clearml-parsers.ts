import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseHocon } from '../../src/clearml/hocon/parse-hocon.ts';
import { projectFolder } from '../project.ts';
import { hoconText, type Plain } from './hocon-texts.ts';
import type { Parser } from './parsers.ts';

const golden = join(projectFolder, 'test/golden');
const cases = JSON.parse(readFileSync(join(golden, 'clearml-2.1.7/hocon-cases.json'), 'utf8')) as readonly (readonly [text: string])[];
const read = (text: string): unknown => parseHocon(text, { env: { HOME: '/home', AWSX: 'x' }, readText: () => undefined });
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** clearml.conf. */
export const clearmlParsers: readonly Parser[] = [{
  name: 'clearml.conf', parse: read,
  corpus: [readFileSync(join(golden, 'clearml-2.1.12/clearml-init.conf'), 'utf8').slice(0, 4000), ...cases.map(([text]) => text)],
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table holds properties of many types; each is made and used with its own
  roundTrip: fc.property(hoconText, ({ text, value }: { readonly text: string; readonly value: Plain }) => isDeepStrictEqual(plain(read(text)), value)) as unknown as fc.IProperty<[unknown]>,
}];
