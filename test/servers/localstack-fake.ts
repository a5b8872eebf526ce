import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openZip } from '../../src/storage/archive/open-zip.ts';
import { gather } from '../../src/storage/content.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { zip } from '../zips.ts';
import { HOST } from './server.ts';

/** What goes wrong with the next requests to a path, first one first. */
export type LocalStackFault = 'cut' | 'empty-404' | { readonly status: number; readonly text: string };
/** An imitation of a LocalStack with pods, made from its public API description. Its state is files by name. */
export interface LocalStackFake {
  readonly url: string;
  readonly port: number;
  readonly state: Map<string, string>;
  /** 'GET /path?query', in order. */
  readonly arrived: string[];
  readonly faults: { readonly path: string; readonly fault: LocalStackFault }[];
  /** Services whose load fails, and what is said of them. */
  readonly broken: Map<string, string>;
  /** Answers the state itself: how many bytes it has and where they come from. */
  stream: (() => AsyncIterable<Uint8Array>) | undefined;
  /** Takes a loaded state instead of unpacking it. */
  sink: ((chunks: AsyncIterable<Uint8Array>) => Promise<void>) | undefined;
  stop(): Promise<void>;
}

const ENVIRONMENT = { localstack_version: '4.14.0', localstack_ext_version: '4.14.0', moto_ext_version: '5.1.0', pro: true };

export async function startLocalStackFake(): Promise<LocalStackFake> {
  const fake = { state: new Map<string, string>(), arrived: [] as string[], faults: [] as { path: string; fault: LocalStackFault }[], broken: new Map<string, string>(), stream: undefined as LocalStackFake['stream'], sink: undefined as LocalStackFake['sink'] };
  const server = createServer((request, response) => {
    answer(fake, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  const { port } = server.address() as AddressInfo;
  return Object.assign(fake, {
    url: `http://${HOST}:${port}`,
    port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  });
}

type Inner = Omit<LocalStackFake, 'url' | 'port' | 'stop'>;

async function answer(fake: Inner, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '', 'http://localstack');
  fake.arrived.push(`${request.method ?? ''} ${request.url ?? ''}`);
  const at = fake.faults.findIndex(({ path }) => path === url.pathname);
  const fault = at < 0 ? undefined : fake.faults.splice(at, 1)[0]?.fault;
  if (fault === 'empty-404') { response.writeHead(404).end(); return; }
  if (typeof fault === 'object') { response.writeHead(fault.status, { 'content-type': 'text/plain' }).end(fault.text); return; }
  const route = `${request.method ?? ''} ${url.pathname}`;
  const reset = /^POST \/_localstack\/state\/(?:([\w-]+)\/)?reset$/.exec(route);
  if (route === 'GET /_localstack/health') json(response, { services: { s3: 'running', sqs: 'available' }, edition: 'pro', version: ENVIRONMENT.localstack_version });
  else if (route === 'GET /_localstack/info') json(response, { version: ENVIRONMENT.localstack_version, edition: 'pro', is_license_activated: true });
  else if (route === 'GET /_localstack/pods/environment') json(response, ENVIRONMENT);
  else if (route === 'GET /_localstack/pods/state') await sendState(fake, response, { services: url.searchParams.get('services'), isCut: fault === 'cut' });
  else if (route === 'GET /_localstack/pods/state/metamodel') json(response, { '000000000000': { SQS: { 'us-east-1': { ListQueues: { QueueUrls: ['q'] } } } } });
  else if (route === 'POST /_localstack/pods') await load(fake, { request, response, merge: url.searchParams.get('merge') ?? 'account-region-merge', isCut: fault === 'cut' });
  else if (reset) {
    const services = new Set([...fake.state.keys()].map(serviceOf).filter((service) => reset[1] === undefined || service === reset[1]));
    for (const name of [...fake.state.keys()]) if (services.has(serviceOf(name))) fake.state.delete(name);
    lines(response, 200, [...services].map((service) => ({ service, status: 'ok' })));
  } else response.writeHead(404).end();
}

const serviceOf = (name: string): string => name.split('/')[name.startsWith('assets/') ? 1 : 2] ?? '';
const json = (response: ServerResponse, value: unknown): void => { response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)); };
const lines = (response: ServerResponse, status: number, values: readonly unknown[]): void => { response.writeHead(status, { 'content-type': 'application/x-ndjson' }).end(values.map((value) => `${JSON.stringify(value)}\n`).join('')); };

async function sendState(fake: Inner, response: ServerResponse, { services, isCut }: { readonly services: string | null; readonly isCut: boolean }): Promise<void> {
  const wanted = services?.split(',');
  const files = [...fake.state].filter(([name]) => wanted === undefined || wanted.includes(serviceOf(name)));
  const names = [...new Set(files.map(([name]) => serviceOf(name)))];
  response.writeHead(200, { 'content-type': 'application/zip', 'content-disposition': 'attachment; filename=state.zip', 'x-localstack-pod-services': names.join(',') });
  const whole = zip(...files.map(([name, body]) => ({ name, body })));
  if (isCut) { response.write(whole.subarray(0, whole.length >> 1), () => response.destroy()); return; }
  for await (const chunk of fake.stream?.() ?? [whole]) if (!response.write(chunk)) await new Promise((resolve) => { response.once('drain', resolve); });
  response.end();
}

async function load(fake: Inner, { request, response, merge, isCut }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly merge: string; readonly isCut: boolean }): Promise<void> {
  if (isCut) { request.once('data', () => response.destroy()); return; }
  if (fake.sink) {
    await fake.sink(request);
    lines(response, 201, [{ service: 'sqs', status: 'ok' }]);
    return;
  }
  const opened = await openZip(fromBytes(await gather(request, 1 << 30))).catch(() => undefined);
  if (opened === undefined) { response.writeHead(400).end('not a valid zip archive'); return; }
  if (merge === 'overwrite') fake.state.clear();
  const members = opened.members.filter(({ name }) => name !== 'metadata.yaml');
  for (const member of members) if (!fake.broken.has(serviceOf(member.name))) fake.state.set(member.name, Buffer.from(await gather(opened.content(member), 1 << 30)).toString());
  const services = [...new Set(members.map(({ name }) => serviceOf(name)))];
  lines(response, 201, services.map((service) => (fake.broken.has(service) ? { service, status: 'error', message: fake.broken.get(service) } : { service, status: 'ok', padding: 'x'.repeat(200_000) })));
}
