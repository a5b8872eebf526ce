import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectFolder } from '../project.ts';

/** One tool that looks at the sources as a whole; it counts as one test. */
export interface Check { readonly name: string; readonly program: string; readonly args: readonly string[] }

export const checks: readonly Check[] = [
  { name: 'lint', program: 'node_modules/oxlint/bin/oxlint', args: ['--type-aware', '--deny-warnings', '--format=unix', 'src', 'test', 'bench'] },
  { name: 'types', program: 'node_modules/typescript/bin/tsc', args: ['-p', 'tsconfig.json', '--noEmit'] },
  { name: 'layering', program: 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs', args: ['--config', '.dependency-cruiser.cjs', 'src'] },
];

/** What the tool printed, when it is not content. */
export async function runCheck(check: Check): Promise<{ readonly failure?: string; readonly seconds: number }> {
  const started = Date.now();
  const { status, output } = await new Promise<{ status: number | null; output: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [join(projectFolder, check.program), ...check.args], { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output: Buffer.concat(chunks).toString() }));
  });
  const seconds = (Date.now() - started) / 1000;
  return status === 0 ? { seconds } : { failure: output.trim() === '' ? `ended with ${String(status)}` : output.trim(), seconds };
}
