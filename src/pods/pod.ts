import type { CallOptions } from '../storage/call.ts';
import type { Source } from '../storage/source.ts';

/** What whoever saves a version says about it. */
export interface PodNotes {
  readonly message?: string;
  readonly author?: string;
  /** The services whose state is in it; none for a folder that is no LocalStack. */
  readonly services: readonly string[];
  readonly localstackVersion?: string;
  /** Of the secret it is encrypted with, in hexadecimal digits; absent where it is not encrypted. */
  readonly keyId?: string;
}
/** One version of a pod. */
export interface PodVersion extends PodNotes {
  readonly name: string;
  /** From 1 up; the highest is the latest. */
  readonly version: number;
  /** Absent where who saved it did not say when. */
  readonly createdAt?: Date;
  /** Bytes of its state as stored. */
  readonly size: number;
  /** Of the state as stored: 'sha256:<hex>'. Absent where only reading it could tell. */
  readonly digest?: string;
}
export interface PodSummary { readonly name: string; readonly maxVersion: number; readonly lastChange?: Date }

/** A version and its state: a zip. */
export interface Pod { readonly about: PodVersion; readonly state: Source }

export interface SaveOptions extends CallOptions {
  readonly notes: PodNotes;
  /** In pieces, so that what did not change since another version is not sent again. UNSUPPORTED where a state is one object. */
  readonly isLayered?: boolean;
  /** Told of the bytes as they go. */
  readonly onBytes?: (bytes: number) => void;
}
/** Where pods live. Two kinds, chosen in `open.ts`: objects in a Storage, artifacts in a registry. */
export interface PodStore {
  /** Shown to people; holds no secret. */
  readonly displayUrl: string;
  /** Stores the next version. `state` has a size and can be opened again, also in ranges. The version is to be seen only when all of it is there; two who save at once get two versions. */
  save(name: string, state: Source, options: SaveOptions): Promise<PodVersion>;
  /** The latest, or that version. NOT_FOUND says which versions there are. The state is verified while it is read, where its digest is known. */
  load(name: string, version: number | undefined, options?: CallOptions): Promise<Pod>;
  /** In ascending order. NOT_FOUND where there is no such pod. */
  versions(name: string, options?: CallOptions): Promise<readonly PodVersion[]>;
  /** By name. */
  list(options?: CallOptions): Promise<readonly PodSummary[]>;
  /** One version, or all. NOT_FOUND where there is none; UNSUPPORTED where the registry allows no deletion. */
  delete(name: string, version: number | undefined, options?: CallOptions): Promise<readonly number[]>;
  close(): Promise<void>;
}
