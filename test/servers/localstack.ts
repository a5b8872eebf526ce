import { judgeProgram } from '../judges.ts';
import { startProgram } from './program.ts';
import { freePort, waitForStatus, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, type Server, temporaryFolder } from './server.ts';

export interface LocalStackServer extends Server { readonly url: string; readonly authority: string }

/** LocalStack's open-source runtime without a container: it has no pods, and an S3. */
export function startLocalStack(): Promise<LocalStackServer> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('localstack');
    const port = await freePort();
    const authority = `${HOST}:${port}`;
    const program = startProgram(judgeProgram('localstack'), ['-m', 'localstack.runtime.main'], {
      cwd: folder,
      env: { HOME: folder, GATEWAY_LISTEN: authority, LOCALSTACK_HOST: authority, DISABLE_EVENTS: '1', SKIP_SSL_CERT_DOWNLOAD: '1', DNS_ADDRESS: '0', EAGER_SERVICE_LOADING: '0', FILESYSTEM_ROOT: `${folder}/fs` },
    });
    const url = `http://${authority}`;
    await waitForStatus(`${url}/_localstack/health`, 200, program);
    return { ...serverOf({ port, folder, programs: [program] }), url, authority };
  });
}
