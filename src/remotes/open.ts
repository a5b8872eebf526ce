import { pathsOf } from './config-paths.ts';
import { configError } from './config-error.ts';
import type { Setting } from './config.ts';
import type { Place, Remote } from './remote.ts';
import { remoteOptions } from './remote-options.ts';
import { definitionFor } from './tables.ts';
import { redactUrl } from './redact-url.ts';
import { urlScheme } from './url-scheme.ts';
import { TowlineError } from '../errors.ts';
import type { DriverDefinition, Opening } from '../storage/definition.ts';
import type { Driver } from '../storage/driver.ts';
import { applyLayers, type Layer } from '../storage/layer.ts';
import { readOnly } from '../storage/layers/read-only.ts';
import { standardLayers } from '../storage/layers/standard.ts';
import type { TraceEvent } from '../storage/layers/trace.ts';
import { type OptionsOf, type OptionTable, readOptions } from '../storage/options.ts';
import { Storage } from '../storage/storage.ts';

/** Opens a remote: finds its driver, reads its options, and puts the layers around it. Does no input or output. */
export async function openRemote(remote: Remote, opening: Opening): Promise<Place> {
  const definition = await driverOf(remote);
  const { general, options } = optionsOf(remote, definition.options, opening);
  const address = definition.parse(remote.url);
  if (definition.kind === 'registry') return { kind: 'registry', artifacts: await definition.open(address, options, opening) };
  const driver = await definition.open(address, options, opening);
  return { kind: 'storage', storage: new Storage(applyLayers(driver, layersOf(driver, { general, opening }))) };
}

async function driverOf({ name, url }: Remote): Promise<DriverDefinition> {
  const scheme = urlScheme(url);
  const definition = await definitionFor(scheme);
  if (definition) return definition;
  throw new TowlineError('UNSUPPORTED', `remote '${name}': ${scheme}:// is not supported by this version (${redactUrl(url)})`, { hint: 'Use another remote with -r, or DVC for this one.' });
}

type General = OptionsOf<typeof remoteOptions>;

/** Both tables are read before anything is said, so that all faults come at once. */
function optionsOf(remote: Remote, table: OptionTable, opening: Opening): { readonly general: General; readonly options: OptionsOf<OptionTable> } {
  const isOurs = (key: string): boolean => Object.hasOwn(remoteOptions, key) && !Object.hasOwn(table, key);
  const warn = (text: string): void => { opening.warn({ code: 'OPTION_IGNORED', text: `remote '${remote.name}': ${text}` }); };
  const faults: string[] = [];
  const read = <T extends OptionTable>(some: T, keys: (key: string) => boolean): OptionsOf<T> | undefined => {
    try {
      return readOptions(some, new Map([...remote.settings].filter(([key]) => keys(key)).map(([key, setting]) => [key, placed(setting, some[key]?.isPath === true && some[key].owner === 'towline', opening)])), { warn });
    } catch (error) {
      if (!(error instanceof TowlineError) || error.code !== 'INVALID_CONFIG') throw error;
      faults.push(error.message);
      return undefined;
    }
  };
  const options = read(table, (key) => !isOurs(key));
  const general = read(remoteOptions, (key) => Object.hasOwn(remoteOptions, key));
  if (options !== undefined && general !== undefined) return { general, options };
  throw configError([...new Set(faults.flatMap((text) => text.split('\n')))].map((text) => `remote '${remote.name}' (${text.replace(/^(.*?:\d+|the environment variable \S+): /, '$1): ')}`).join('\n'));
}

/** Paths of DVC are absolute already, where DVC makes them so; those only we know are made so here. */
function placed(setting: Setting, isOurPath: boolean, { platform }: Opening): { readonly value: string; readonly place: string } {
  const { isAbsolute, resolve, dirname } = pathsOf(platform);
  if (!isOurPath || setting.level === 'environment' || isAbsolute(setting.value) || setting.value.startsWith('~')) return setting;
  return { value: resolve(dirname(setting.file), setting.value), place: setting.place };
}

/** The one place where layers are stacked. */
function layersOf(driver: Driver, { general, opening }: { readonly general: General; readonly opening: Opening }): readonly Layer[] {
  const layers = standardLayers({
    concurrency: Math.max(general.jobs ?? 0, driver.traits.concurrency),
    tries: general.retries, budgetSeconds: general.retry_budget, idleSeconds: general.idle_timeout,
    ...(opening.trace && { onTrace: (event: TraceEvent) => opening.trace?.(traceLine(event)) }),
  }, opening);
  return general.read_only ? [readOnly, ...layers] : layers;
}

function traceLine({ displayUrl, verb, path, ms, outcome }: TraceEvent): string {
  return `${verb} ${path ?? ''} on ${displayUrl}: ${outcome}, ${Math.round(ms)} ms`;
}
