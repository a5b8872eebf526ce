import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Entry, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Attempt } from './errors.ts';
import type { Profile } from './profiles.ts';

type Header = readonly [name: string, value: string];

/** One exchange about an object or, with a slash at the end of its URL, about a folder. */
export interface Call {
  readonly signal: AbortSignal | undefined;
  readonly headers?: readonly Header[];
  readonly body?: HttpBody;
  readonly isFolder?: boolean;
}
/** What a driver has found out about its server, from its answers. */
export interface Learned {
  profile: Profile | undefined;
  /** Under way: finding out the profile. */
  asking: Promise<void> | undefined;
  /** Whether MOVE is allowed; undefined until it was tried. */
  moves: boolean | undefined;
  /** How many objects were given their names, and which ones last. */
  moveCount: number;
  readonly lastMoved: Path[];
  copies: boolean;
  /** How `Destination` is written: as a URL, or without host where a proxy gives the server another one. */
  destination: 'url' | 'path';
  /** Whether the etag comes with the bytes; where it does not, it is asked for before them. */
  bodyHasEtag: boolean | undefined;
}
/** The server of a remote, as the verbs see it. */
export interface Server extends Pick<Opening, 'randomBytes' | 'wait'> {
  readonly displayUrl: string;
  /** Where the root of the remote lies, without a slash at its end. */
  readonly base: string;
  readonly learned: Learned;
  /** Folders being made or made, by their path on the server. */
  readonly folders: Map<string, Promise<void>>;
  /** The last writer of each name that is waiting for its turn. */
  readonly turns: Map<Path, Promise<void>>;
  send(method: string, url: URL, call: Call): Promise<HttpResponse>;
  attempt(verb: Attempt['verb'], method: string, path: Path): Attempt;
  stat(path: Path, options?: StatOptions): Promise<Entry>;
}

export const isSuccess = ({ status }: HttpResponse): boolean => status >= 200 && status < 300 && status !== 207;
/** Such is gone, however it is said. */
export const isGone = ({ status }: HttpResponse): boolean => status === 404 || status === 410;
