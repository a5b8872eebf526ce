import { noteUnknown } from '../disk/watch.ts';
import { TowlineError } from '../errors.ts';
import { type Budget, createBandwidth } from '../storage/bandwidth.ts';
import type { DriverDefinition, Opening } from '../storage/definition.ts';
import { applyLayers, type Layer } from '../storage/layer.ts';
import { readOnly } from '../storage/layers/read-only.ts';
import { standardLayers } from '../storage/layers/standard.ts';
import type { TraceEvent } from '../storage/layers/trace.ts';
import { type OptionsOf, type OptionTable, type PlacedText, readOptions } from '../storage/options.ts';
import type { Place } from '../storage/place.ts';
import { quickOf, withQuick } from '../storage/quick.ts';
import { Storage } from '../storage/storage.ts';
import type { Setting } from './config.ts';
import { configError } from './config-error.ts';
import { pathsOf } from './config-paths.ts';
import { patient } from './patient.ts';
import type { Remote } from './remote.ts';
import { remoteOptions } from './remote-options.ts';
import { checkCommands, commandOutput, printedSecrets, withCommands } from './secret-commands.ts';
import { shownUrl } from './shown-url.ts';
import { definitionFor, driverNamed } from './tables.ts';
import { urlScheme } from './url-scheme.ts';

/** Opens a remote: finds its driver, reads its options, and puts the layers around it. Does no input or output, but runs the programs that print its secrets. */
export async function openRemote(remote: Remote, opening: Opening): Promise<Place> {
  const definition = await driverOf(remote);
  // What lies in a folder of this machine is read as all else is.
  if (definition.name !== 'local') noteUnknown();
  const { general, options } = await optionsOf(remote, definition.options, opening);
  const address = definition.parse(remote.url);
  const { opening: asked, clock } = patient(opening);
  const lent = { ...asked, commandOutput: commandOutput(remote, opening) };
  const budget = budgetOf(remote, general, opening);
  const around = { general, opening: { ...opening, ...clock }, ...(budget && { budget }) };
  if (definition.kind === 'registry') {
    const { layeredArtifacts } = await import('../oci/artifact-layers.ts');
    const { artifacts, concurrency, packing } = await definition.open(address, options, lent);
    return { kind: 'registry', artifacts: layeredArtifacts(artifacts, { concurrency, layers: layersOf(concurrency, around) }), packing };
  }
  const driver = await definition.open(address, options, lent);
  const layered = applyLayers(driver, layersOf(driver.traits.concurrency, around));
  return { kind: 'storage', storage: new Storage(isPlain(around) ? withQuick(layered, quickOf(driver)) : layered) };
}

/** The quick verbs go round the layers: only where these have nothing to add but patience. */
const isPlain = ({ general: { read_only, jobs, retries, idle_timeout }, opening, budget }: Around): boolean =>
  opening.trace === undefined && budget === undefined && !read_only && jobs === undefined && opening.jobs === undefined && retries > 0 && idle_timeout === remoteOptions.idle_timeout.initial;

async function driverOf({ name, url, driver }: Remote): Promise<DriverDefinition> {
  if (driver !== undefined) return await driverNamed(driver);
  const scheme = urlScheme(url);
  const definition = await definitionFor(scheme);
  if (definition) return definition;
  throw new TowlineError('UNSUPPORTED', `${name === '' ? '' : `remote '${name}': `}${scheme}:// is not supported by this version (${shownUrl(url)})`, { hint: 'Use another remote with -r, or DVC for this one.' });
}

type General = OptionsOf<typeof remoteOptions>;

interface Chosen { readonly general: General; readonly options: OptionsOf<OptionTable> }

/** No program is run for a remote that is wrong in another way. */
async function optionsOf(remote: Remote, table: OptionTable, opening: Opening): Promise<Chosen> {
  const chosen = readTables(remote, withCommands(table), opening);
  checkCommands(remote, withCommands(table));
  const secrets = await printedSecrets(remote, table, opening);
  return secrets.size === 0 ? chosen : { ...chosen, options: { ...chosen.options, ...readOptions(pick(table, [...secrets.keys()]), secrets) } };
}

const pick = (table: OptionTable, keys: readonly string[]): OptionTable => Object.fromEntries(Object.entries(table).filter(([key]) => keys.includes(key)));

/** Both tables are read before anything is said, so that all faults come at once. A key of both is read by both: the driver may want it too. */
function readTables(remote: Remote, table: OptionTable, opening: Opening): Chosen {
  const faults: string[] = [];
  const ignored = new Map<string, string>();
  const read = <T extends OptionTable>(some: T, isMeant: (key: string) => boolean): OptionsOf<T> | undefined => {
    const meant = [...remote.settings].filter(([key]) => isMeant(key)).map(([key, setting]) => [key, placed(some, key, { remote, setting, opening })] as const);
    try {
      return readOptions(some, new Map(meant), { warn: (text) => ignored.set(text.split(' is accepted')[0] ?? text, text) });
    } catch (error) {
      if (!(error instanceof TowlineError)) throw error;
      faults.push(...error.message.split('\n'));
      return undefined;
    }
  };
  const isGeneral = (key: string): boolean => Object.hasOwn(remoteOptions, key);
  const options = read(table, (key) => Object.hasOwn(table, key) || !isGeneral(key));
  const general = read(remoteOptions, isGeneral);
  for (const text of ignored.values()) opening.warn({ code: 'OPTION_IGNORED', text });
  if (options !== undefined && general !== undefined) return { general, options };
  throw configError([...new Set(faults)].join('\n'));
}

interface Placing { readonly remote: Remote; readonly setting: Setting; readonly opening: Opening }

/** Paths that DVC knows are absolute already; those only we know are taken from the folder of their file here. */
function placed(table: OptionTable, key: string, { remote, setting, opening }: Placing): PlacedText {
  const option = table[key];
  const place = `remote '${remote.name}' (${setting.place})`;
  const { isAbsolute, resolve, dirname } = pathsOf(opening.platform);
  const isOurs = option?.owner === 'towline' && option.isPath && setting.level !== 'environment';
  if (!isOurs || isAbsolute(setting.value) || setting.value.startsWith('~')) return { value: setting.value, place };
  return { value: resolve(dirname(setting.file), setting.value), place };
}

/** What the process was told, else what the setting says; a path that was typed and is no remote is no way to anywhere. */
function budgetOf({ name, url, settings }: Remote, { limit_rate: configured }: General, opening: Opening): Budget | undefined {
  const { bandwidth = createBandwidth(opening) } = opening;
  const rate = bandwidth.asked ?? configured;
  if (rate === undefined || (name === '' && urlScheme(url) === '')) return undefined;
  const { file = '', line = 0, value = '' } = (bandwidth.asked ? undefined : settings.get('limit_rate')) ?? {};
  return bandwidth.budget(`${file}:${line} ${value}`, rate);
}

interface Around { readonly general: General; readonly opening: Opening; readonly budget?: Budget }

/** The one place where layers are stacked. */
function layersOf(concurrency: number, { general, opening, budget }: Around): readonly Layer[] {
  const jobs = opening.jobs ?? general.jobs;
  const layers = standardLayers({
    concurrency: jobs ?? concurrency, isFixed: jobs !== undefined, ...(budget && { budget }),
    tries: general.retries, budgetSeconds: general.retry_budget, idleSeconds: general.idle_timeout,
    ...(opening.trace && { onTrace: (event: TraceEvent) => opening.trace?.(traceLine(event)) }),
  }, opening);
  return general.read_only ? [readOnly, ...layers] : layers;
}

function traceLine({ displayUrl, verb, path, ms, outcome }: TraceEvent): string {
  return `${verb} ${path ?? ''} on ${displayUrl}: ${outcome}, ${Math.round(ms)} ms`;
}
