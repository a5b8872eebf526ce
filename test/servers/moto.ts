import { judgeProgram } from '../judges.ts';
import { startProgram } from './program.ts';
import { freePort, waitForStatus, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, temporaryFolder, type S3Server } from './server.ts';

/** Moto accepts every key and checks no signature: good to look at what is sent, no judge of signing. Its output has a line per request. */
export function startMoto(): Promise<S3Server> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('moto');
    const port = await freePort();
    const program = startProgram(judgeProgram('moto'), ['-H', HOST, '-p', String(port)], { env: { HOME: folder, NO_COLOR: '1', PYTHONUNBUFFERED: '1' } });
    const url = `http://${HOST}:${port}`;
    await waitForStatus(`${url}/moto-api/`, 200, program);
    return { ...serverOf({ port, folder, programs: [program] }), url, region: 'us-east-1', accessKeyId: 'testing', secretAccessKey: 'testing' };
  });
}
