import { judgeProgram } from '../judges.ts';
import { startProgram } from './program.ts';
import { freePort, waitForStatus, withFreshPorts } from './readiness.ts';
import { HOST, type Server, serverOf, temporaryFolder } from './server.ts';

export interface GcsServer extends Server { readonly url: string }

/** fake-gcs-server: an independent service of the JSON API. It checks no credentials; it keeps generations, honours conditions and checks MD5. */
export function startFakeGcs(): Promise<GcsServer> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('fake-gcs');
    const port = await freePort();
    const url = `http://${HOST}:${port}`;
    const program = startProgram(judgeProgram('fake-gcs-server'), ['-scheme', 'http', '-host', HOST, '-port', String(port), '-backend', 'memory', '-public-host', `${HOST}:${port}`, '-external-url', url, '-log-level', 'error'], { env: { HOME: folder }, cwd: folder });
    await waitForStatus(`${url}/storage/v1/b`, 200, program);
    return { ...serverOf({ port, folder, programs: [program] }), url };
  });
}

/** Makes a bucket, past the code under test. */
export async function makeGcsBucket({ url }: { readonly url: string }, name: string, { isVersioned = false } = {}): Promise<void> {
  const answer = await fetch(`${url}/storage/v1/b?project=test`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, versioning: { enabled: isVersioned } }) });
  if (!answer.ok) throw new Error(`cannot make bucket '${name}': ${answer.status} ${await answer.text()}`);
}
