import { parentPort, workerData } from 'node:worker_threads';
import { type Confirming, confirmParts } from './confirm.ts';

confirmParts(workerData as Confirming);
parentPort?.postMessage('done');
