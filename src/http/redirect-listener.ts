import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TowlineError } from '../errors.ts';

/** Waits on this machine for the browser to come back from a login page (RFC 8252 section 7.3). */
export interface RedirectListener {
  /** Where the login page shall send the browser: `http://127.0.0.1:PORT/`. */
  readonly redirectUri: string;
  /** What the browser brought. */
  readonly arrived: Promise<URLSearchParams>;
  close(): void;
}

/** Long enough for a code and its scopes; a request line beyond it is no answer of a login page. */
const LONGEST_TARGET = 8192;

/** Listens on a free port of 127.0.0.1. A request that `isExpected` refuses is answered 400 and waited beyond: anybody on this machine can send one. */
export async function listenForRedirect(isExpected: (query: URLSearchParams) => boolean): Promise<RedirectListener> {
  let resolve: (query: URLSearchParams) => void = () => undefined;
  const arrived = new Promise<URLSearchParams>((done) => { resolve = done; });
  const server = createServer({ requestTimeout: 30_000, keepAlive: false }, (request, response) => {
    const query = queryOf(request);
    if (query === undefined) return answer(response, 404, 'There is nothing here.');
    if (!isExpected(query)) return answer(response, 400, 'This is not the answer to the login that was begun.');
    answer(response, 200, query.has('code') ? 'You are logged in. This page can be closed.' : 'You are not logged in. This page can be closed.');
    resolve(query);
  });
  const { port } = await listening(server);
  return {
    redirectUri: `http://127.0.0.1:${port}/`,
    arrived,
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}

function queryOf({ method, url = '' }: IncomingMessage): URLSearchParams | undefined {
  const [path, query] = url.split('?', 2);
  return method === 'GET' && path === '/' && query !== undefined && url.length <= LONGEST_TARGET ? new URLSearchParams(query) : undefined;
}

function answer(response: ServerResponse, status: number, text: string): void {
  // The address holds a code that is used up in a moment; it still goes to nobody.
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'content-security-policy': "default-src 'none'", connection: 'close' };
  response.writeHead(status, headers).end(`<!doctype html><title>Towline</title><p>${text}</p>`);
}

function listening(server: Server): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => { reject(new TowlineError('UNAVAILABLE', 'No port of this machine can be listened on for the answer of the login page', { cause })); });
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address);
    });
  });
}
