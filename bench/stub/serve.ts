/** The S3 server that clients are measured against, as a process of its own: `serve.js PORT LAG [CERTIFICATE KEY]`, each answer so many milliseconds late. It says 'ready' when it listens. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createStubService } from './answer.ts';
import { StubConnection } from './connection.ts';

const [port, lag, certificate, key] = process.argv.slice(2);
const service = createStubService();
const server = certificate !== undefined && key !== undefined
  ? createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (socket) => new StubConnection(socket.setNoDelay(true), service, Number(lag)))
  : createServer({ noDelay: true }, (socket) => new StubConnection(socket, service, Number(lag)));
server.on('tlsClientError', () => undefined);
server.listen(Number(port), '127.0.0.1', 1024, () => { process.stdout.write('ready\n'); });
