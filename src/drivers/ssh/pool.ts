import type { Link } from './link.ts';
import { openSession, type SftpSession } from './sftp-session.ts';

/** Sessions on one connection, which is made at the first call and again after it was lost. */
export interface Pool {
  /** Lends the session with least to do; more are opened while all are busy. */
  use<T>(work: (session: SftpSession) => Promise<T>): Promise<T>;
  /** Lends a session until the release is called. */
  lend(): Promise<{ readonly session: SftpSession; readonly release: () => void }>;
  close(): Promise<void>;
}

interface Seat { readonly session: SftpSession; busy: number }
interface Connection { readonly link: Link; readonly seats: Seat[]; isOpen: boolean; isOpening: boolean; most: number }

/** So many calls share a session before another is opened: a session costs the server a process. */
const CALLS_PER_SESSION = 8;

/** A pool over the connection that `connect` makes; its signal fires when nobody wants it any more. */
export function createPool(connect: (ending: AbortSignal) => Promise<Link>): Pool {
  let ending = new AbortController();
  let begun: Link | undefined;
  let current: Promise<Connection> | undefined;

  const open = async (): Promise<Connection> => {
    const link = await connect(ending.signal);
    begun = link;
    const connection: Connection = { link, seats: [], isOpen: true, isOpening: false, most: link.channels };
    void link.closed.then((reason) => {
      connection.isOpen = false;
      for (const { session } of connection.seats) session.end(reason);
    });
    try {
      await addSeat(connection);
    } catch (error) {
      link.end();
      throw error;
    }
    return connection;
  };
  const connected = async (): Promise<Connection> => {
    for (;;) {
      const attempt = current ??= open();
      try {
        const connection = await attempt;
        if (isUsable(connection)) return connection;
        connection.link.end();
        if (current === attempt) current = undefined;
      } catch (error) {
        if (current === attempt) current = undefined;
        throw error;
      }
    }
  };
  const lend: Pool['lend'] = async () => {
    const connection = await connected();
    const seat = leastBusy(connection.seats);
    if (seat.busy >= CALLS_PER_SESSION) grow(connection);
    seat.busy += 1;
    let isLent = true;
    return { session: seat.session, release: () => { if (isLent) { isLent = false; seat.busy -= 1; } } };
  };
  return {
    lend,
    async use(work) {
      const { session, release } = await lend();
      try {
        return await work(session);
      } finally {
        release();
      }
    },
    async close() {
      // What is still being made is not waited for: a server that says nothing would hold up who leaves.
      ending.abort();
      ending = new AbortController();
      begun?.end();
      const connection = await current?.catch(() => undefined);
      current = begun = undefined;
      for (const { session } of connection?.seats ?? []) session.end();
      connection?.link.end();
    },
  };
}

function isUsable(connection: Connection): boolean {
  for (let at = connection.seats.length - 1; at >= 0; at -= 1) if (connection.seats[at]?.session.isOpen() !== true) connection.seats.splice(at, 1);
  return connection.isOpen && connection.seats.length > 0;
}

function leastBusy(seats: readonly Seat[]): Seat {
  return seats.reduce((least, seat) => (seat.busy < least.busy ? seat : least));
}

async function addSeat(connection: Connection): Promise<void> {
  const session = await openSession(await connection.link.openChannel());
  connection.seats.push({ session, busy: 0 });
  if (!connection.isOpen) session.end();
}

/** Opens one more session in the background. A server that allows no more is not asked again. */
function grow(connection: Connection): void {
  if (connection.isOpening || connection.seats.length >= connection.most) return;
  connection.isOpening = true;
  addSeat(connection)
    .catch(() => { connection.most = connection.seats.length; })
    .finally(() => { connection.isOpening = false; });
}
