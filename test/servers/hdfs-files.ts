import { request } from 'node:http';
import type { HadoopServer } from './hadoop.ts';

/** A file or folder as the NameNode describes it. */
export interface HdfsFile { readonly pathSuffix: string; readonly type: 'FILE' | 'DIRECTORY'; readonly length: number; readonly owner: string }
/** HDFS as its superuser sees it, past every client. Names are absolute. */
export interface HdfsFiles {
  /** The names of all files below a folder, from there on. */
  list(folder: string): Promise<readonly string[]>;
  describe(name: string): Promise<HdfsFile | undefined>;
  read(name: string): Promise<Buffer>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  delete(name: string): Promise<void>;
  /** One operation of WebHDFS; its JSON. */
  call(method: string, name: string, query: string): Promise<unknown>;
}

export function hdfsFiles({ port, superuser }: Pick<HadoopServer, 'port' | 'superuser'>, user: string = superuser): HdfsFiles {
  const send = async (method: string, name: string, { query, body }: { readonly query: string; readonly body?: Uint8Array }): Promise<Response> => {
    const path = name.split('/').map(encodeURIComponent).join('/');
    const first = await fetch(`http://localhost:${port}/webhdfs/v1${path}?${query}&user.name=${user}`, { method, redirect: 'manual' });
    const to = first.headers.get('location');
    if (first.status !== 307 || to === null) return first;
    return body ? await sendBytes(to, { method, body }) : await fetch(to, { method });
  };
  const sure = async (response: Response): Promise<Response> => {
    if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
    return response;
  };
  const listed = async (folder: string): Promise<readonly HdfsFile[]> => {
    const response = await send('GET', folder, { query: 'op=LISTSTATUS' });
    if (response.status === 404) return [];
    return ((await (await sure(response)).json()) as { readonly FileStatuses: { readonly FileStatus: readonly HdfsFile[] } }).FileStatuses.FileStatus;
  };
  const list = async (folder: string): Promise<readonly string[]> => {
    const found = await Promise.all((await listed(folder)).map(async ({ type, pathSuffix }) => (type === 'FILE' ? [pathSuffix] : (await list(`${folder}/${pathSuffix}`)).map((name) => `${pathSuffix}/${name}`))));
    return found.flat();
  };
  return {
    list,
    async describe(name) {
      const response = await send('GET', name, { query: 'op=GETFILESTATUS' });
      return response.status === 404 ? undefined : ((await (await sure(response)).json()) as { readonly FileStatus: HdfsFile }).FileStatus;
    },
    read: async (name) => Buffer.from(await (await sure(await send('GET', name, { query: 'op=OPEN' }))).arrayBuffer()),
    write: async (name, body) => { await sure(await send('PUT', name, { query: 'op=CREATE&overwrite=true', body })); },
    delete: async (name) => { await sure(await send('DELETE', name, { query: 'op=DELETE&recursive=true' })); },
    async call(method, name, query) {
      const text = await (await sure(await send(method, name, { query }))).text();
      return text === '' ? undefined : JSON.parse(text);
    },
  };
}

/** A DataNode says 100 without having been asked to, which the `fetch` of Node.js 20 takes for a bad response. */
async function sendBytes(url: string, { method, body }: { readonly method: string; readonly body: Uint8Array }): Promise<Response> {
  return await new Promise((resolve, reject) => {
    const sending = request(url, { method, headers: { 'content-type': 'application/octet-stream', 'content-length': body.byteLength } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      answer.on('end', () => { resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0 })); });
    });
    sending.on('error', reject);
    sending.end(body);
  });
}
