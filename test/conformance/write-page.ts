import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../project.ts';
import { CONFORMANCE_PAGE, conformancePage } from './page.ts';

writeFileSync(join(projectFolder, CONFORMANCE_PAGE), conformancePage());
