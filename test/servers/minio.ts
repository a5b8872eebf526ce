import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import type { Certificates } from './certificates.ts';
import { startProgram } from './program.ts';
import { freePort, waitForStatus, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, temporaryFolder, type S3Server } from './server.ts';

const USER = { accessKeyId: 'towline-test', secretAccessKey: 'towline-test-secret' };

/** MinIO on one drive: signatures are checked, versions kept, preconditions honoured. */
export function startMinio(options: { readonly certificates?: Certificates } = {}): Promise<S3Server> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('minio');
    const port = await freePort(2);
    const certificateFolder = join(folder, 'certs');
    mkdirSync(certificateFolder);
    if (options.certificates) {
      copyFileSync(options.certificates.server.certificate, join(certificateFolder, 'public.crt'));
      copyFileSync(options.certificates.server.key, join(certificateFolder, 'private.key'));
    }
    const program = startProgram(judgeProgram('minio'), ['server', join(folder, 'data'), '--address', `${HOST}:${port}`, '--console-address', `${HOST}:${port + 1}`, '--certs-dir', certificateFolder, '--quiet'], {
      env: { HOME: folder, MINIO_ROOT_USER: USER.accessKeyId, MINIO_ROOT_PASSWORD: USER.secretAccessKey, MINIO_UPDATE: 'off', MINIO_BROWSER: 'off' },
    });
    const url = `${options.certificates ? 'https' : 'http'}://${HOST}:${port}`;
    await waitForStatus(`${url}/minio/health/cluster`, 200, program);
    return { ...serverOf({ port, folder, programs: [program] }), url, region: 'us-east-1', ...USER };
  });
}
