import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgesFolder } from '../judges.ts';
import { projectFolder } from '../project.ts';

// What a developer's machine may hold that would make a test lie: other people's configuration, credentials and proxies.
const STRANGE = /^(TOW_|DVC_|AWS_|GIT_|XDG_|AZURE_|GOOGLE_|npm_|SSH_AUTH_SOCK$|(https?|no|all)_proxy$)/i;

/** Gives this process and the tests it starts a home of their own. Returns how to take it away again. */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): () => void {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'towline-home-')));
  for (const name of Object.keys(environment)) if (STRANGE.test(name)) delete environment[name];
  mkdirSync(join(home, '.config'));
  writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Towline\n\temail = towline@example.com\n[init]\n\tdefaultBranch = main\n');
  Object.assign(environment, { HOME: home, TOWLINE_JUDGES: judgesFolder, AWS_EC2_METADATA_DISABLED: 'true', DVC_NO_ANALYTICS: '1', NO_COLOR: '1' });
  return () => rmSync(home, { recursive: true, force: true });
}

/** The compiler leaves data and scripts where they are: a copy beside the built tests lets these find them as the sources do. */
export function copyTestData(): void {
  cpSync(join(projectFolder, 'test'), join(projectFolder, 'dist/test'), { recursive: true, filter: (path) => !path.endsWith('.ts') });
}
