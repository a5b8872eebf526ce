import { s3 } from '../../src/drivers/s3/index.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { type Answer, createLine, type Line, type SeenRequest } from './line.ts';

export type { Answer, SeenRequest };
export interface Wire extends Pick<Line, 'seen' | 'warnings' | 'connections'> {
  open(options?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>, url?: string): Promise<Driver>;
}
export interface WireOptions {
  readonly now?: () => number;
}

/** S3 in memory, which answers each request by `answer`. */
export function createWire(answer: (request: SeenRequest, count: number) => Answer, options: WireOptions = {}): Wire {
  const { seen, warnings, connections, opening } = createLine(answer, options);
  return {
    seen, warnings, connections,
    async open(chosen = {}, env = {}, url = 's3://bucket/pre') {
      const settings = new Map(Object.entries({ access_key_id: 'AKID', secret_access_key: 'hidden-secret', region: 'eu-west-1', ...chosen }).map(([key, value]) => [key, { value, place: 'test' }]));
      return await s3.open(s3.parse(url), readOptions(s3.options, settings), opening(env));
    },
  };
}
