import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { projectFolder } from '../project.ts';

/** Asks the official client. What its answer holds stands in `azure-client.py`. */
export function officialClient<T>(command: 'sign' | 'sas' | 'put' | 'leave' | 'read' | 'versions', given: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    execFile(judgeProgram('python'), [join(projectFolder, 'test/drivers/azure-client.py'), command, JSON.stringify(given)], { env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', LC_ALL: 'C.UTF-8' }, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command}: ${stderr || error.message}`));
      else resolve(JSON.parse(stdout) as T);
    });
  });
}
