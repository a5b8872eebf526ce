import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { crashing } from '../../disk/crashing.ts';
import { nodeDisk } from '../../disk/node.ts';
import { hasCode } from '../../errors.ts';
import { cases, runCase } from '../../storage/conformance/index.ts';
import { fromFile } from '../../storage/file-source.ts';
import { parsePath } from '../../storage/path.ts';
import { fromBytes } from '../../storage/source.ts';
import { createLocalDriver } from './driver.ts';
import { local } from './index.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-local-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => join(root, String(count += 1));
const open = (folder: string, disk = nodeDisk) => createLocalDriver(folder, { disk, platform: 'linux' });
const filesOf = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => one.name) : []);
const path = parsePath('files/md5/ab/cd');

describe('the driver contract, on a folder', () => {
  for (const one of cases) {
    it(one.name, async (test) => {
      const folder = fresh();

      const result = await runCase(open(folder), one, { now: () => Date.now(), reopen: async () => open(folder), folder: parsePath('scratch') });

      if (result.outcome === 'skipped') test.skip(result.reason);
      if (result.outcome === 'failed') throw result.error;
    });
  }
});
