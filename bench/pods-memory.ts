import { moveLarge } from '../test/large-state.ts';

/** `node bench/pods-memory.ts 4096`: the peak of memory while a state of that many MiB is saved and loaded. */
const mebibytes = Number(process.argv[2] ?? 4096);
const start = Date.now();
const { peakBytes, arrivedBytes } = await moveLarge(mebibytes);
console.log(`${mebibytes} MiB both ways: ${Math.round(peakBytes / 1e6)} MB of memory at the peak, ${arrivedBytes} bytes arrived, ${((Date.now() - start) / 1000).toFixed(1)} s`);
