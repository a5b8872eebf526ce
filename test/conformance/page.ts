import { cases } from '../../src/storage/conformance/index.ts';
import { targets } from '../targets.ts';
import { conformanceReasons, conformanceTable } from './table.ts';

/** Where the page stands in the project. */
export const CONFORMANCE_PAGE = 'docs/conformance.md';

/** docs/conformance.md: `node dist/test/conformance/write-page.js` writes it anew. */
export function conformancePage(): string {
  return [
    '# What each storage keeps of the contract', '',
    'Every promise of the driver contract is a case (`src/storage/conformance`) that runs against every storage below, on the real server named in `test/targets.ts`, bare and behind all layers.',
    "`yes`: it passes. `·`: the protocol has no such verb, and callers do without. `no`: this one cannot, for the reason below the table. `tow remote test NAME` runs the same cases on your remote.", '',
    ...conformanceTable(cases, targets), '',
    '## Why not', '',
    'In parentheses the number of cases.', '',
    ...conformanceReasons(targets), '',
  ].join('\n');
}
