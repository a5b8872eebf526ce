import { join } from 'node:path';
import { projectFolder } from '../../test/project.ts';
import type { Certificates } from '../../test/servers/certificates.ts';
import { startProgram } from '../../test/servers/program.ts';
import { freePort, waitForPort } from '../../test/servers/readiness.ts';
import type { S3Server } from '../../test/servers/server.ts';
import { HOST } from '../../test/servers/server.ts';

/** An S3 server at the speed of its sockets, in a process of its own, with everything in memory. With `lagMs` each answer is so late, as from far away: a proxy in between would take more of the machine than client and server together. */
export async function startStub({ certificates, lagMs = 0 }: { readonly certificates?: Certificates; readonly lagMs?: number } = {}): Promise<S3Server> {
  const port = await freePort();
  const tls = certificates ? [certificates.server.certificate, certificates.server.key] : [];
  const program = startProgram(process.execPath, [join(projectFolder, 'dist/bench/stub/serve.js'), String(port), String(lagMs), ...tls]);
  await waitForPort(port, program);
  return { host: HOST, port, folder: '', output: program.output, stop: program.stop, url: `${certificates ? 'https' : 'http'}://${HOST}:${port}`, region: 'us-east-1', accessKeyId: 'stub', secretAccessKey: 'stub-secret' };
}
