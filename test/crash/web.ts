import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../servers/server.ts';

/** A web server in this process that knows ranges. */
export interface Web {
  readonly url: string;
  /** Goes with the server. */
  readonly home: string;
  /** What is below the URL. */
  folder: string;
  /** How many ranges it was asked for. */
  ranges(): number;
  stop(): Promise<void>;
}

export async function startWeb(): Promise<Web> {
  const home = temporaryFolder('web');
  const files = new Map<string, Buffer>();
  let ranges = 0;
  const server = createServer((request, response) => {
    const path = join(web.folder, request.url ?? '');
    if (!existsSync(path)) return void response.writeHead(404).end();
    const bytes = files.get(path) ?? readFileSync(path);
    files.set(path, bytes);
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (start === undefined) return void response.writeHead(200, { 'content-length': bytes.byteLength, etag: '"1"' }).end(request.method === 'HEAD' ? undefined : bytes);
    ranges += 1;
    const part = bytes.subarray(Number(start), end === '' ? undefined : Number(end) + 1);
    response.writeHead(206, { 'content-length': part.byteLength, 'content-range': `bytes ${start}-${Number(start) + part.byteLength - 1}/${bytes.byteLength}`, etag: '"1"' }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const web: Web = {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, home, folder: home,
    ranges: () => ranges,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => { removeFolder(home); resolve(); });
    }),
  };
  return web;
}
