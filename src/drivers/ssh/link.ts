import type { Duplex } from 'node:stream';

/** An open way to one server. */
export interface Link {
  /** A new SFTP channel. */
  openChannel(): Promise<Duplex>;
  /** How many channels are worth having. */
  readonly channels: number;
  /** Resolves with the reason once the connection is gone. */
  readonly closed: Promise<Error>;
  end(): void;
}
