import { startNginx } from './nginx.ts';

// A process of its own for servers.test.ts: it starts a server, says where, and waits to be killed.
const server = await startNginx();
process.send?.({ port: server.port, folder: server.folder });
