import { oss } from '../../src/drivers/oss/index.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { createOssService, type OssFakeOptions, type OssService } from '../servers/oss-fake.ts';
import { createLine, type Line } from './line.ts';

/** A driver of which every optional verb is there: the protocol has them all. */
export type Whole = Required<Driver>;
export interface OssWire extends Pick<Line, 'seen' | 'warnings' | 'connections'> {
  readonly service: OssService;
  open(options?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>, url?: string): Promise<Whole>;
}

/** The fake without a net: every request is looked at, and answered only when its signature is right. */
export function createOssWire(options: OssFakeOptions = {}): OssWire {
  const now = (): number => Date.UTC(2026, 10, 21);
  const service = createOssService({ now, ...options });
  service.bucket('bucket');
  const { seen, warnings, connections, opening } = createLine(({ method, target, origin, headers, body }) => {
    const { status, headers: own, body: bytes } = service.answer({ method, target, headers: { host: new URL(origin).host, ...Object.fromEntries(headers) }, body: Buffer.from(body, 'latin1') });
    return { status, ...(own && { headers: own }), ...(bytes !== undefined && method !== 'HEAD' && { body: bytes }) };
  }, { now });
  return {
    service, seen, warnings, connections,
    async open(chosen = {}, env = {}, url = 'oss://bucket/pre') {
      const all = { oss_endpoint: 'oss-cn-hangzhou.aliyuncs.com', oss_key_id: service.account.keyId, oss_key_secret: service.account.keySecret, ...chosen };
      const settings = new Map(Object.entries(all).filter(([, value]) => value !== '').map(([key, value]) => [key, { value, place: 'test' }]));
      return (await oss.open(oss.parse(url), readOptions(oss.options, settings), opening(env))) as Whole;
    },
  };
}
