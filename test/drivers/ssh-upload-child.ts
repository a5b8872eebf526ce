import { parsePath } from '../../src/storage/path.ts';
import { createMachine } from './ssh-machine.ts';

// A process of its own for ssh.test.ts: it uploads until it is killed in the middle, and tells its parent how far it is.
const [url = '', keyfile = '', known = '', kind = ''] = process.argv.slice(2);
const driver = await createMachine().open(url, { keyfile, known_hosts_file: known });
const chunk = Buffer.alloc(1024 * 1024, 7);
const endless = {
  size: 64 * chunk.length,
  async *open() {
    for (let count = 0; count < 8; count += 1) yield chunk;
    process.send?.('midway');
    await new Promise(() => { setInterval(() => undefined, 1000); });
  },
};
if (kind === 'write') await driver.write(parsePath('folder/object'), endless);
else {
  const size = 20 * chunk.length;
  const upload = await driver.upload(parsePath('folder/object'), { size });
  process.send?.(upload.token);
  await upload.send({ number: 2, start: upload.partSize, end: 2 * upload.partSize }, { size: upload.partSize, async *open() { for (let count = 0; count < 8; count += 1) yield chunk; } });
  await upload.send({ number: 1, start: 0, end: upload.partSize }, endless);
}
