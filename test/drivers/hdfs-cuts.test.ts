import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createHdfsDriver } from '../../src/drivers/hdfs/driver.ts';
import { connectionLost } from '../../src/drivers/hdfs/errors.ts';
import { hdfs } from '../../src/drivers/hdfs/index.ts';
import { openPlace } from '../../src/drivers/hdfs/open-place.ts';
import { openWire } from '../../src/drivers/hdfs/wire.ts';
import { readOptions } from '../../src/storage/options.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { type HadoopServer, startHadoop } from '../servers/hadoop.ts';
import { seenNames } from '../servers/hadoop-client.ts';
import { bytesOf, type HdfsDriver } from './hdfs-cluster.ts';

const object = parsePath('object');
const BLOCK_BYTES = 262_144;

interface Cutting { readonly driver: HdfsDriver; readonly pieces: () => number }

describe('connections to HDFS that are cut', { skip: whyMissing('minihdfs') ?? false }, () => {
  let server: HadoopServer;
  before(async () => { server = await startHadoop({ datanodes: 3, configuration: { 'dfs.replication': '2', 'dfs.blocksize': String(BLOCK_BYTES) } }); });
  after(async () => { await server.stop(); });

  /** A driver of its own whose connection is cut behind the `at`-th piece that is sent or read, whichever connection that is on. */
  function cutting(at: number): Cutting {
    let count = 0;
    const driver = createHdfsDriver(openPlace({
      address: hdfs.parse(`hdfs://alice@localhost:${server.rpcPort}/user/alice/cuts`), options: readOptions(hdfs.options, new Map()), opening: openingIn(server.folder),
      async openWire(request) {
        const wire = await openWire(request);
        const pass = (): void => { if (++count === at) wire.end(connectionLost(wire.name)); };
        return {
          ...wire,
          get isOpen() { return wire.isOpen; },
          async read(length, patience) {
            const bytes = await wire.read(length, patience);
            pass();
            return bytes;
          },
          write(...pieces) {
            wire.write(...pieces);
            pass();
          },
        };
      },
    }));
    return { driver: driver as HdfsDriver, pieces: () => count };
  }
  /** How many pieces something takes when nothing is cut. */
  async function piecesOf(work: (driver: HdfsDriver) => Promise<unknown>): Promise<number> {
    const { driver, pieces } = cutting(-1);
    await work(driver);
    await driver.close?.();
    return pieces();
  }

  it('a write that loses any one of its connections at any step stores the object, whole and alone', async () => {
    const bytes = randomBytes(BLOCK_BYTES + 100_000);
    const work = async (driver: HdfsDriver): Promise<unknown> => await driver.write(object, fromBytes(bytes));
    const count = await piecesOf(work);

    for (let at = 1; at <= count; at += 1) {
      const { driver } = cutting(at);
      await work(driver);
      await driver.close?.();
      const reader = cutting(-1).driver;
      assert.ok((await bytesOf(reader, object)).equals(bytes), `cut at ${at} of ${count}`);
      assert.deepEqual(await seenNames(server, '/user/alice/cuts'), ['object'], `cut at ${at} of ${count}`);
      await reader.delete([{ path: object }]);
      await reader.close?.();
    }
    assert.ok(count > 30, `it takes ${count} pieces`);
  });

  it('a read that loses any one of its connections at any step gives every byte', async () => {
    const bytes = randomBytes(2 * BLOCK_BYTES + 5);
    const { driver: writer } = cutting(-1);
    await writer.write(object, fromBytes(bytes));
    await writer.close?.();
    const work = async (driver: HdfsDriver): Promise<Buffer> => await bytesOf(driver, object);
    const count = await piecesOf(work);

    for (let at = 1; at <= count; at += 1) {
      const { driver } = cutting(at);
      assert.ok((await work(driver)).equals(bytes), `cut at ${at} of ${count}`);
      await driver.close?.();
    }
    assert.ok(count > 30, `it takes ${count} pieces`);
  });
});
