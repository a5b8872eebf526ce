import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Pool } from 'undici';
import type { ProxyChoice } from './proxy.ts';
import type { OpenSocket, SocketTarget } from './sockets.ts';
import { originOf, wayTo } from './way.ts';

/** What all routes of a transport have in common. */
export interface RouteSettings {
  readonly openSocket: OpenSocket;
  readonly proxyFor: ProxyChoice;
  readonly connections: number;
  readonly idleTimeoutSeconds: number;
  readonly maxHeaderBytes: number;
}
type Headers = readonly (readonly [name: string, value: string])[];
/** The way to one origin, with its pooled connections and what was learned of the server. */
export interface Route {
  /** For messages. */
  readonly where: string;
  readonly host: string;
  readonly port: number;
  readonly pool: Pool;
  readonly agent: Agent;
  readonly settings: RouteSettings;
  path(url: URL): string;
  headers(url: URL): Headers;
  ignoresExpect: boolean;
  sendsContinueUnasked: boolean;
}
export interface Routes {
  get(url: URL): Route;
  close(): Promise<void>;
}
type MakePool = (origin: string, options: Pool.Options) => Pool;

/** An idle connection is kept this long; most servers keep theirs from 5 to 75 s, and one they closed first is noticed. */
const KEEP_ALIVE_MILLISECONDS = 10_000;

/** One route per origin, made when it is first asked for. */
export function createRoutes(settings: RouteSettings, makePool: MakePool): Routes {
  const routes = new Map<string, Route>();
  return {
    get(url) {
      const origin = originOf(url);
      const known = routes.get(origin);
      if (known) return known;
      const route = makeRoute(url, { settings, makePool });
      routes.set(origin, route);
      return route;
    },
    async close() {
      const ended = [...routes.values()];
      routes.clear();
      await Promise.all(ended.map(async ({ pool, agent }) => {
        // Sockets in use end with their exchange; `Agent.destroy` would cut them.
        agent.maxFreeSockets = 0;
        for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
        await pool.close();
      }));
    },
  };
}

function makeRoute(url: URL, { settings, makePool }: { readonly settings: RouteSettings; readonly makePool: MakePool }): Route {
  const { where, origin, target, path, proxyHeaders } = wayTo(url, settings.proxyFor);
  const isForwarded = origin !== originOf(url);
  return {
    where, path, settings,
    host: target.hostname,
    port: target.port,
    pool: makePool(origin, poolOptions(settings, target)),
    agent: makeAgent(settings, target),
    headers: (asked) => (isForwarded ? [['host', asked.host], ...proxyHeaders] : []),
    ignoresExpect: false,
    sendsContinueUnasked: false,
  };
}

function poolOptions(settings: RouteSettings, target: SocketTarget): Pool.Options {
  const idle = Math.ceil(settings.idleTimeoutSeconds * 1000);
  return {
    connections: settings.connections,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    headersTimeout: idle,
    bodyTimeout: idle,
    maxHeaderSize: settings.maxHeaderBytes,
    connect: (_options, callback) => {
      settings.openSocket(target).then((socket) => callback(null, socket), (error: unknown) => callback(error as Error, null));
    },
  };
}

function makeAgent(settings: RouteSettings, target: SocketTarget): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: settings.connections, scheduling: 'lifo', timeout: KEEP_ALIVE_MILLISECONDS });
  // The agent's types do not know that a connection may come later, by the callback (Node documents it for `createConnection`).
  const asynchronous = agent as unknown as { createConnection(options: unknown, callback: (error: Error | null, socket?: Duplex) => void): undefined };
  asynchronous.createConnection = (_options, callback) => {
    settings.openSocket(target).then((socket) => callback(null, socket), (error: unknown) => callback(error as Error));
    return undefined;
  };
  return agent;
}
