import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../project.ts';
import { COMPATIBILITY_PAGE, compatibilityPage } from './compatibility-page.ts';
import { differencesFromGolden } from './corpus/all-answers.ts';

writeFileSync(join(projectFolder, COMPATIBILITY_PAGE), await compatibilityPage(await differencesFromGolden()));
