import { azure } from '../../src/drivers/azure/index.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { createLine, type Line } from './line.ts';
import type { Answer, SeenRequest, WireOptions } from './s3-wire.ts';

export interface AzureWire extends Pick<Line, 'seen' | 'warnings' | 'connections'> {
  /** An account key is there unless the options say '' or another login. */
  open(options?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>, url?: string): Promise<Required<Driver>>;
}

/** A blob service in memory that answers each request by `answer`, so that every byte a driver sends can be looked at. */
export function createAzureWire(answer: (request: SeenRequest, count: number) => Answer, options: WireOptions = {}): AzureWire {
  const { seen, warnings, connections, opening } = createLine(answer, options);
  return {
    seen, warnings, connections,
    async open(chosen = {}, env = {}, url = 'azure://box/pre') {
      const given = { account_name: 'acct', account_key: Buffer.from('hidden-secret').toString('base64'), ...chosen };
      const settings = new Map(Object.entries(given).filter(([, value]) => value !== '').map(([key, value]) => [key, { value, place: 'test' }]));
      return (await azure.open(azure.parse(url), readOptions(azure.options, settings), opening(env))) as Required<Driver>;
    },
  };
}
