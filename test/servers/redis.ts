import { judgeProgram } from '../judges.ts';
import { startProgram } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, temporaryFolder, type Server } from './server.ts';

/** A server of queues. */
export interface QueueKeeper extends Server { readonly url: string }

/** Redis in memory. Everybody may use it, or who knows the password. */
export function startRedis({ password }: { readonly password?: string } = {}): Promise<QueueKeeper> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('redis');
    const port = await freePort();
    const program = startProgram(judgeProgram('redis'), ['--bind', HOST, '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no', ...(password === undefined ? [] : ['--requirepass', password])]);
    await waitForPort(port, program);
    return { ...serverOf({ port, folder, programs: [program] }), url: `redis://${HOST}:${port}` };
  });
}
