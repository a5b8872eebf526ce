import type { Socket } from 'node:net';
import { TowlineError } from '../errors.ts';
import { proxyAuthorization } from './proxy.ts';
import { redactUrl } from './redact.ts';

const MAX_ANSWER = 16 * 1024;

/** Asks a proxy for a way to `target` (CONNECT) and gives back the same connection, which now leads there. */
export async function openTunnel(
  socket: Socket,
  { target, proxy, signal }: { readonly target: { readonly hostname: string; readonly port: number }; readonly proxy: URL; readonly signal: AbortSignal },
): Promise<Socket> {
  const authority = `${target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname}:${target.port}`;
  const authorization = proxyAuthorization(proxy);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`}\r\n`, 'latin1');
  const head = await readHead(socket, { signal, proxy });
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  if (status >= 200 && status < 300) return socket;
  socket.destroy();
  throw refusal(status, { authority, proxy });
}

function refusal(status: number, { authority, proxy }: { readonly authority: string; readonly proxy: URL }): TowlineError {
  const shown = `the proxy ${redactUrl(proxy.origin)}`;
  if (status === 0) return new TowlineError('UNAVAILABLE', `${shown} did not answer as a proxy does`, { hint: 'Check host and port in HTTPS_PROXY.' });
  if (status === 407) {
    const hint = proxy.username === '' ? 'Put them into the proxy variable: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT.' : 'Check user and password in HTTPS_PROXY.';
    return new TowlineError('UNAUTHENTICATED', `${shown} wants a user and a password for the way to ${authority} (407)`, { hint, context: { status } });
  }
  return new TowlineError(status === 403 ? 'PERMISSION_DENIED' : 'UNAVAILABLE', `${shown} refused the way to ${authority} (${status})`, {
    retryable: status >= 500, hint: 'If the host is reached without a proxy, add it to NO_PROXY.', context: { status },
  });
}

function readHead(socket: Socket, { signal, proxy }: { readonly signal: AbortSignal; readonly proxy: URL }): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('data', onData).off('close', onClose).pause();
      act();
    };
    const fail = (error: Error): void => settle(() => {
      socket.destroy();
      reject(error);
    });
    const onAbort = (): void => fail(signal.reason as Error);
    const onClose = (): void => fail(new TowlineError('UNAVAILABLE', `the proxy ${redactUrl(proxy.origin)} closed the connection`, { retryable: true }));
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) {
        if (head.length > MAX_ANSWER) fail(new TowlineError('UNAVAILABLE', `the proxy ${redactUrl(proxy.origin)} answered with more than 16 KiB of headers`));
        return;
      }
      settle(() => {
        // What already came of the far server stays on the connection.
        if (end + 4 < head.length) socket.unshift(head.subarray(end + 4));
        resolve(head.toString('latin1', 0, end));
      });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('data', onData).on('close', onClose);
  });
}
