import type { Runtime } from '../runtime.ts';
import { type Config, readConfig, type ReadConfigOptions } from './config.ts';
import { checkConfig, ignoredFeatures } from './schema.ts';

/** What loading takes: where the repository is, and who is told of keys without effect. */
export interface LoadConfigOptions extends ReadConfigOptions {
  readonly runtime: ReadConfigOptions['runtime'] & Partial<Pick<Runtime, 'warn'>>;
}

/** Reads, merges and checks all config levels. Throws INVALID_CONFIG with everything that is wrong. */
export async function loadConfig(options: LoadConfigOptions): Promise<Config> {
  const config = await readConfig(options);
  await checkConfig(config);
  const ignored = ignoredFeatures(config);
  if (ignored !== undefined) options.runtime.warn?.({ code: 'UNSUPPORTED_FEATURE', text: ignored });
  return config;
}
