import type { Socket } from 'node:net';

/** The first lines of a message of HTTP/1.1. */
export interface Head {
  readonly bytes: Buffer;
  /** The request or status line, in its parts. */
  readonly start: readonly string[];
  header(name: string): string | undefined;
}

/** What comes in on a connection, read as it is needed. */
export interface Inlet {
  /** Undefined when the other side is done. */
  head(): Promise<Head | undefined>;
  /** The next bytes there are, at most so many; undefined at the end. */
  some(most: number): Promise<Buffer | undefined>;
  /** Up to and with the next end of a line. */
  line(): Promise<Buffer | undefined>;
}

export function createInlet(socket: Socket): Inlet {
  let held: Buffer = Buffer.alloc(0);
  let isOver = false;
  let wake: () => void = () => undefined;
  // Not by the socket's own iterator, which rejects unheard when a connection breaks that nobody reads just then.
  for (const event of ['end', 'close', 'error']) socket.on(event, () => { isOver = true; wake(); });
  socket.on('readable', () => { wake(); });
  const more = async (): Promise<boolean> => {
    for (;;) {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        return true;
      }
      if (isOver) return false;
      await new Promise<void>((resolve) => { wake = resolve; });
    }
  };
  const until = async (mark: string): Promise<Buffer | undefined> => {
    for (;;) {
      const at = held.indexOf(mark);
      if (at >= 0) {
        const part = held.subarray(0, at + mark.length);
        held = held.subarray(at + mark.length);
        return part;
      }
      if (!(await more())) return undefined;
    }
  };
  return {
    async head() {
      const bytes = await until('\r\n\r\n');
      return bytes && parseHead(bytes);
    },
    line: () => until('\r\n'),
    async some(most) {
      if (held.length === 0 && !(await more())) return undefined;
      const part = held.subarray(0, most);
      held = held.subarray(part.length);
      return part;
    },
  };
}

function parseHead(bytes: Buffer): Head {
  const [start = '', ...lines] = bytes.toString('latin1').trimEnd().split('\r\n');
  return { bytes, start: start.split(' '), header: (name) => lines.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1).trim() };
}

/** The bytes of a body as they are on the wire, chunked framing included. */
export async function* bodyOf(inlet: Inlet, head: Head, kind: { readonly endsWithConnection: boolean }): AsyncGenerator<Buffer> {
  if (/chunked/i.test(head.header('transfer-encoding') ?? '')) {
    for (let isLast = false; !isLast; ) {
      const size = await inlet.line();
      if (!size) return;
      yield size;
      isLast = Number.parseInt(size.toString('latin1'), 16) === 0;
      yield* exactly(inlet, Number.parseInt(size.toString('latin1'), 16) + 2);
    }
    return;
  }
  const length = head.header('content-length');
  if (length !== undefined) yield* exactly(inlet, Number(length));
  else if (kind.endsWithConnection) yield* exactly(inlet, Number.POSITIVE_INFINITY);
}

async function* exactly(inlet: Inlet, count: number): AsyncGenerator<Buffer> {
  for (let left = count; left > 0; ) {
    const part = await inlet.some(Math.min(left, 65_536));
    if (!part) return;
    left -= part.length;
    yield part;
  }
}
