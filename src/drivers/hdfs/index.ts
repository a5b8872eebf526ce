import { defineDriver } from '../../storage/definition.ts';
import { parseHdfsUrl } from './address.ts';
import { createHdfsDriver } from './driver.ts';
import { openPlace } from './open-place.ts';
import { hdfsOptions } from './options.ts';
import { openWire } from './wire.ts';

/** Folders on HDFS, spoken to in its own protocol. */
export const hdfs = defineDriver({
  kind: 'storage',
  name: 'hdfs',
  schemes: ['hdfs'],
  options: hdfsOptions,
  parse: parseHdfsUrl,
  open: async (address, options, opening) => createHdfsDriver(openPlace({ address, options, opening, openWire })),
});
