import { parentPort, workerData } from 'node:worker_threads';
import type { WriteDone, WriteTask } from './file-writer.ts';
import { nodeDisk } from './node.ts';
import { type PutRules, putQuickly } from './put.ts';

const rules = workerData as PutRules;

parentPort?.on('message', ({ memory, paths, ends }: WriteTask) => {
  const areThere = paths.map((path, index) => putQuickly(nodeDisk, path, { bytes: memory.subarray(ends[index - 1] ?? 0, ends[index]), ...rules }));
  parentPort?.postMessage({ memory, areThere } satisfies WriteDone, [memory.buffer]);
});
