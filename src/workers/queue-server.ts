import type { BackendClasses, IQueueBackend, JobProgress, Processor, Queue, QueueEvents, Worker } from 'bullmq';
import { TowlineError } from '../errors.ts';
import type { Clock } from '../runtime.ts';
import { abortable, type CallOptions } from '../storage/call.ts';
import type { QueueAddress } from './queue-address.ts';
import { queueError } from './queue-error.ts';

export type JobQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, object>;
export type JobEvents = QueueEvents<unknown, IQueueBackend, object>;
export type JobWorker = Worker<unknown, unknown, string, IQueueBackend, JobProgress, object>;
export type JobProcessor = Processor<unknown, unknown>;
export type HeldJob = Parameters<JobProcessor>[0];

/** How a worker holds its jobs. */
export interface Holding {
  /** Without a sign of life for so long, a job is given to another. */
  readonly leaseSeconds: number;
  readonly name: string;
}

/** A server of queues, by BullMQ. */
export interface QueueServer {
  readonly displayUrl: string;
  /** The queue of that name, which the server has been asked for. UNAVAILABLE, UNAUTHENTICATED and the like, at once. */
  queue(name: string, call?: CallOptions): Promise<JobQueue>;
  events(name: string, call?: CallOptions): Promise<JobEvents>;
  /** Takes jobs when its `run` is called, which ends when it is closed. Whoever does a job renews its lock. */
  worker(name: string, work: JobProcessor, holding: Holding & CallOptions): Promise<JobWorker>;
  /** Before connections are closed: one that is lost from now on is not made again, or a server that is gone would keep the process alive. */
  end(): void;
}

type Bullmq = typeof import('bullmq');
/** How the packages are found; lent by tests. */
export interface QueuePackages {
  bullmq(): Promise<Bullmq>;
  redis(): Promise<unknown>;
  postgres(): Promise<unknown>;
}
const installed: QueuePackages = { bullmq: async () => await import('bullmq'), redis: async () => await import('ioredis'), postgres: async () => await import('pg') };

const CONNECT_MS = 10_000;
const RETRY_MS = 1000;
/** Each says what came of a job; whoever misses one looks at the job itself. */
const EVENTS_KEPT = 1000;
/** So often a job may lose its worker; then whoever pushes does it. */
const MOST_LOSSES = 20;

/** Loads what the address needs. The packages are optional peers: few have workers. */
export async function loadQueueServer(address: QueueAddress, packages: QueuePackages = installed): Promise<QueueServer> {
  const bullmq = await load('bullmq', packages.bullmq);
  await (address.kind === 'redis' ? load('ioredis', packages.redis) : load('pg', packages.postgres));
  const backend = address.kind === 'redis' ? bullmq.withBackend(bullmq.createRedisBackend) : bullmq.withBackend(bullmq.createPostgresBackend);
  // Both take a connection that is an object, and differ in nothing that is used here.
  const classes = backend as unknown as BackendClasses<IQueueBackend, object>;
  let hasEnded = false;
  const open = async <T extends Opened>(make: (connection: object) => T, { more, signal }: CallOptions & { readonly more?: object } = {}): Promise<T> => {
    const link = { isUp: false };
    const opened = make({ ...(address.kind === 'redis' ? redisOptions(address, () => link.isUp && !hasEnded) : postgresOptions(address)), ...more });
    try {
      // What fails is said by events only, and without anybody who listens it would end the process.
      const failed = new Promise<never>((_resolve, reject) => { opened.on('error', reject); });
      await abortable(Promise.race([opened.waitUntilReady(), failed]), signal);
      link.isUp = true;
      return opened;
    } catch (error) {
      void opened.disconnect().catch(() => undefined);
      throw error;
    }
  };
  const openQueue = async (name: string, call: CallOptions = {}): Promise<JobQueue> => {
    const make = (connection: object): JobQueue => new classes.Queue<unknown, unknown>(name, { connection, streams: { events: { maxLen: EVENTS_KEPT } } }) as JobQueue;
    if (address.kind === 'redis') return await open(make, call);
    return await open(make, { ...call, more: { migrate: true } }).catch(async (error: unknown) => {
      // Who may not make tables may well use those that are there.
      if (!(error instanceof Error && 'code' in error && error.code === '42501')) throw error;
      return await open(make, call).catch((again: unknown) => { throw again instanceof bullmq.SchemaMigrationRequiredError ? error : again; });
    });
  };
  const worded = async <T>(opening: Promise<T>): Promise<T> => await opening.catch((error: unknown) => { throw queueError(address, error); });
  return {
    displayUrl: address.displayUrl,
    end() { hasEnded = true; },
    queue: (name, call) => worded(openQueue(name, call)),
    events: (name, call) => worded(open((connection) => new classes.QueueEvents(name, { connection }), call)),
    worker: (name, work, { leaseSeconds, name: worker, ...call }) => worded(open((connection) => new classes.Worker<unknown, unknown>(name, work, {
      connection, name: worker, autorun: false, concurrency: 1, lockDuration: leaseSeconds * 1000, skipLockRenewal: true, stalledInterval: leaseSeconds * 500, maxStalledCount: MOST_LOSSES, drainDelay: 2, runRetryDelay: 1000,
    }), call)),
  };
}

interface Opened { waitUntilReady(): Promise<unknown>; disconnect(): Promise<unknown>; on(event: 'error', hear: (error: Error) => void): unknown }

/** A first connection that fails is an error; one that is lost later is made again. */
const redisOptions = ({ url }: QueueAddress, isMadeAgain: () => boolean): object => ({ url, connectTimeout: CONNECT_MS, maxRetriesPerRequest: null, retryStrategy: () => (isMadeAgain() ? RETRY_MS : null) });
const postgresOptions = ({ url }: QueueAddress): object => ({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });

/** Waits for something that is good to have done, but not for long: the server may not answer any more. Failures are no news. */
export async function within(milliseconds: number, { wait }: Pick<Clock, 'wait'>, doing: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([doing.catch(() => undefined), wait(milliseconds, over.signal).catch(() => undefined)]);
  over.abort();
}

/** Closes a connection; after `milliseconds` it is cut. */
export async function closeWithin(milliseconds: number, lent: Pick<Clock, 'wait'>, open: { close(): Promise<unknown>; disconnect(): Promise<unknown> }): Promise<void> {
  await within(milliseconds, lent, open.close());
  void open.disconnect().catch(() => undefined);
}

async function load<T>(name: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (cause) {
    throw new TowlineError('UNSUPPORTED', `workers need the package '${name}', which is not installed`, { cause, hint: `npm install ${name}` });
  }
}
