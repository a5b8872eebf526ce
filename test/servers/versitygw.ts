import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { startProgram } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, temporaryFolder, type S3Server } from './server.ts';

const USER = { accessKeyId: 'towline-test', secretAccessKey: 'towline-test-secret' };

/** Versity's gateway: an independent S3 whose objects are plain files in `folder`/data/BUCKET. */
export function startVersitygw(options: { readonly keepsVersions?: boolean } = {}): Promise<S3Server> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('versitygw');
    const port = await freePort();
    for (const name of ['data', 'iam', 'versions']) mkdirSync(join(folder, name));
    const versions = options.keepsVersions === true ? ['--versioning-dir', join(folder, 'versions')] : [];
    const program = startProgram(judgeProgram('versitygw'), ['--port', `${HOST}:${port}`, '--access', USER.accessKeyId, '--secret', USER.secretAccessKey, '--iam-dir', join(folder, 'iam'), 'posix', ...versions, join(folder, 'data')], { env: { HOME: folder } });
    await waitForPort(port, program);
    return { ...serverOf({ port, folder, programs: [program] }), url: `http://${HOST}:${port}`, region: 'us-east-1', ...USER };
  });
}
