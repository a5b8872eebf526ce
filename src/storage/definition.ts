import type { Disk } from '../disk/disk.ts';
import type { Connect } from '../http/transport.ts';
import type { Runtime } from '../runtime.ts';
import type { ArtifactStore } from './artifacts.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { Driver } from './driver.ts';
import type { OptionsOf, OptionTable } from './options.ts';

/** What a driver reads out of a URL's text. Each service has its own rules for '?', '#', '%' and case: `URL` is not used above drivers. */
export interface Address {
  /** Without user info and secrets. */
  readonly displayUrl: string;
  readonly host?: string;
  readonly path?: string;
  readonly versionId?: string;
  /** Options given in the URL itself; settings of the remote win. */
  readonly options?: Readonly<Record<string, string>>;
}
/** What a driver is lent. All its HTTP goes through `connect`: budget, proxy, TLS and a test's faults sit there. */
export interface Opening extends Runtime {
  readonly connect: Connect;
  /** Changes of files go through this one. Default: the real disk. */
  readonly disk?: Disk;
  /** Calls at once as this run was told: it counts in place of what is configured and of what services take. */
  readonly jobs?: number;
  /** The bytes a second of this process. Default: what each remote says, by itself. */
  readonly bandwidth?: Bandwidth;
  /** Runs the command that the option `key` of this remote holds and gives what it prints: at most once for each call. Whether it may run has been decided before. */
  readonly commandOutput?: (key: string, limits: CommandLimits) => Promise<string>;
}
/** How long a command may take. */
export interface CommandLimits { readonly timeoutSeconds: number; readonly signal?: AbortSignal }
interface Definition<T extends OptionTable> {
  readonly name: string;
  /** Empty for one that is opened by name only (ClearML's file server). */
  readonly schemes: readonly string[];
  readonly options: T;
  parse(url: string): Address;
}
/** Everything the rest of the program knows about one service. Opening does no input or output. */
export interface StorageDefinition<T extends OptionTable = OptionTable> extends Definition<T> {
  readonly kind: 'storage';
  open(address: Address, options: OptionsOf<T>, opening: Opening): Promise<Driver>;
}
export interface RegistryDefinition<T extends OptionTable = OptionTable> extends Definition<T> {
  readonly kind: 'registry';
  /** Its URL names one repository, and below it there are no others. */
  readonly isOneRepository?: boolean;
  open(address: Address, options: OptionsOf<T>, opening: Opening): Promise<OpenedRegistry>;
}
export interface OpenedRegistry {
  readonly artifacts: ArtifactStore;
  /** How many calls the registry takes well at once. */
  readonly concurrency: number;
  readonly packing: Packing;
}
/** How objects are put together where requests cost more than bytes. */
export interface Packing {
  /** Objects of so many bytes or more are stored by themselves. Default 4 MiB. */
  readonly smallBytes?: number;
  /** So many bytes of small objects are one pack. Default 64 MiB. */
  readonly packBytes?: number;
  /** Layers of one segment. Default 400: the registry that takes the least takes some five hundred. */
  readonly layers?: number;
}
export type DriverDefinition = StorageDefinition | RegistryDefinition;

export function defineDriver<const T extends OptionTable>(definition: StorageDefinition<T>): StorageDefinition<T> {
  return definition;
}
export function defineRegistry<const T extends OptionTable>(definition: RegistryDefinition<T>): RegistryDefinition<T> {
  return definition;
}
