import { once } from 'node:events';
import { isatty } from 'node:tty';
import { isDevice, writeNow } from '../disk/descriptors.ts';
import { systemCode } from '../disk/errors.ts';

/** Stdout or stderr of this process. A reader that has gone ends the process quietly, as it ends any filter. */
export interface StandardStream {
  readonly isTTY: boolean;
  /** Of the terminal, as wide as it is now. */
  readonly columns: number | undefined;
  write(text: string): void;
  /** Waits while whoever reads is slower. */
  writeBytes(bytes: Uint8Array): Promise<void>;
}

/** Where a command's results go, and all else. */
export interface StandardStreams {
  readonly out: StandardStream;
  readonly err: StandardStream;
}

export const standardStreams = (): StandardStreams => ({ out: openStandardStream(1), err: openStandardStream(2) });

/** Opens stdout (1) or stderr (2). Node's own stream, 3 ms of every start, is made for terminals, for bytes, and where the reader cannot take a text at once. */
export function openStandardStream(descriptor: 1 | 2): StandardStream {
  const isTTY = isTerminal(descriptor);
  let opened: NodeJS.WriteStream | undefined;
  const stream = (): NodeJS.WriteStream => {
    if (opened === undefined) {
      opened = descriptor === 1 ? process.stdout : process.stderr;
      opened.on('error', leave);
    }
    return opened;
  };
  return {
    isTTY,
    get columns() { return isTTY ? stream().columns : undefined; },
    write(text) {
      // A console of Windows wants its characters by another call.
      const rest = opened !== undefined || isTTY || process.platform === 'win32' ? Buffer.from(text) : writtenNow(descriptor, text);
      if (rest.length > 0) stream().write(rest);
    },
    async writeBytes(bytes) {
      if (!stream().write(bytes)) await once(stream(), 'drain');
    },
  };
}

/** Whether somebody sits at this end. Without asking `tty` where it is clear: that is another 2 ms. */
export function isTerminal(descriptor: 0 | 1 | 2): boolean {
  return (process.platform === 'win32' || isDevice(descriptor)) && isatty(descriptor);
}

/** What could not be written at once. */
function writtenNow(descriptor: number, text: string): Uint8Array {
  try {
    return writeNow(descriptor, Buffer.from(text));
  } catch (error) {
    return leave(error);
  }
}

function leave(error: unknown): never {
  process.exit(systemCode(error) === 'EPIPE' ? 141 : 255);
}
