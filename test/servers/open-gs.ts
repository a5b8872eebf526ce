import { gs } from '../../src/drivers/gs/index.ts';
import type { Connect } from '../../src/http/transport.ts';
import type { Opening } from '../../src/storage/definition.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { openingIn } from '../lent.ts';

export interface OpenGs {
  readonly url?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly home: string;
  readonly connect?: Connect;
  readonly opening?: Partial<Opening>;
}

/** A driver of which every optional verb is there, with nothing of this machine's settings. */
export async function openGs({ url = 'gs://bucket/pre', options = {}, env = {}, home, connect, opening = {} }: OpenGs): Promise<Required<Driver>> {
  const lent = openingIn(home);
  const settings = new Map(Object.entries(options).map(([key, value]) => [key, { value, place: 'test' }]));
  return (await gs.open(gs.parse(url), readOptions(gs.options, settings), { ...lent, env: { ...lent.env, ...env }, ...(connect && { connect }), ...opening })) as Required<Driver>;
}
