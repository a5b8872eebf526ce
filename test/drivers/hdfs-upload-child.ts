import { hdfs } from '../../src/drivers/hdfs/index.ts';
import { readOptions } from '../../src/storage/options.ts';
import { parsePath } from '../../src/storage/path.ts';
import { openingIn } from '../lent.ts';
import type { HdfsDriver } from './hdfs-cluster.ts';

// A process of its own for hdfs.test.ts: it uploads until it is killed in the middle of the second part, and tells its parent how far it is.
const [url = '', home = ''] = process.argv.slice(2);
const driver = await hdfs.open(hdfs.parse(url), readOptions(hdfs.options, new Map()), openingIn(home)) as HdfsDriver;
const upload = await driver.upload(parsePath('folder/object'), { size: 3 * 8 * 1024 * 1024 });
process.send?.(upload.token);
const chunk = Buffer.alloc(1024 * 1024, 7);
const chunks = async function* (count: number, isLast: boolean): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1) yield chunk;
  if (isLast) return;
  process.send?.('midway');
  await new Promise(() => { setInterval(() => undefined, 1000); });
};
const { partSize } = upload;
await upload.send({ number: 1, start: 0, end: partSize }, { size: partSize, open: () => chunks(8, true) });
await upload.send({ number: 2, start: partSize, end: 2 * partSize }, { size: partSize, open: () => chunks(3, false) });
