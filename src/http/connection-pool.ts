import { Connection, type Owner } from './connection.ts';
import { isOutOfFiles } from './connection-error.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { OpenSocket, SocketTarget } from './sockets.ts';

/** Somebody who needs a connection. */
export interface Waiter {
  onConnection(connection: Connection): void;
  /** None could be opened. */
  onRefused(error: unknown): void;
}
export interface PoolSettings {
  readonly target: SocketTarget;
  readonly openSocket: OpenSocket;
  readonly buffers: ReadBuffers;
  readonly limit: number;
  /** Milliseconds of the clock. */
  readonly now: () => number;
  /** Called when a connection is there to be watched. */
  readonly onOpen: () => void;
}

/** Opened in one turn of the event loop: with more the server would wait for its first request until all are on their way, and 16 take 10 ms. */
const AT_A_TIME = 4;

/** Of the connections there are, where the process may have no more files open: others need some, too. */
const SHARE = 0.75;

/** The connections to one origin. The one that was used last is used first, so that those not needed grow old. */
export class ConnectionPool implements Owner {
  readonly #settings: PoolSettings;
  readonly #all = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Waiter>();
  #limit: number;
  #opening = 0;
  /** In this turn of the event loop. */
  #justOpened = 0;
  /** Those open before are to end. */
  #closing = new WeakSet<Connection>();

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#limit = settings.limit;
  }

  /** Calls `waiter.onConnection` as soon as there is one: at once where one is idle. */
  acquire(waiter: Waiter): void {
    const idle = this.#idle.pop();
    // By the clock, not by the timer, which is late where the process was busy.
    if (idle?.isOld(this.#settings.now()) === true) {
      idle.destroy();
      this.dropIdle();
    } else if (idle) {
      idle.holdProcess(true);
      waiter.onConnection(idle);
      return;
    }
    this.#waiting.add(waiter);
    this.#openMore();
  }

  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  onFree(connection: Connection): void {
    const [next] = this.#waiting;
    if (this.#closing.has(connection) || this.#all.size > this.#limit) connection.destroy();
    else if (next) this.#give(next, connection);
    else {
      connection.holdProcess(false);
      connection.freeSince = this.#settings.now();
      this.#idle.push(connection);
    }
  }

  onGone(connection: Connection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    this.#openMore();
  }

  /** Counts silence; false when there is no connection to watch. */
  watch(passedSeconds: number, onSilent: (connection: Connection) => void): boolean {
    const idle = new Set(this.#idle);
    const now = this.#settings.now();
    for (const connection of this.#all) {
      connection.quietSeconds += passedSeconds;
      if (idle.has(connection)) {
        if (connection.isOld(now)) connection.destroy();
      } else if (connection.awaits === 'server') onSilent(connection);
    }
    return this.#all.size > 0;
  }

  /** Ends the idle connections now, the others after what they do. */
  close(): void {
    for (const connection of this.#all) this.#closing.add(connection);
    this.dropIdle();
  }

  /** Ends the idle connections: the server has closed one that was used last, so it may have closed those that are older. */
  dropIdle(): void {
    for (const connection of [...this.#idle]) connection.destroy();
  }

  #give(waiter: Waiter, connection: Connection): void {
    this.#waiting.delete(waiter);
    waiter.onConnection(connection);
  }

  #openMore(): void {
    while (this.#justOpened < AT_A_TIME && this.#opening < this.#waiting.size && this.#all.size + this.#opening < this.#limit) {
      if (this.#justOpened === 0) setImmediate(() => { this.#justOpened = 0; this.#openMore(); });
      this.#justOpened += 1;
      void this.#open();
    }
  }

  /** Where no file more may be open nobody is refused: those who wait get the connections there are. */
  async #open(): Promise<void> {
    const { openSocket, target, buffers, onOpen } = this.#settings;
    const connection = new Connection(buffers, this);
    this.#opening += 1;
    try {
      const socket = await openSocket(target, connection.reading);
      this.#opening -= 1;
      this.#all.add(connection);
      connection.open(socket);
      onOpen();
      this.onFree(connection);
    } catch (error) {
      this.#opening -= 1;
      if (isOutOfFiles(error) && this.#all.size > 0) this.#limit = Math.ceil(this.#all.size * SHARE);
      else this.#refuse(error);
      connection.destroy();
    }
  }

  #refuse(error: unknown): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next.onRefused(error);
  }
}
