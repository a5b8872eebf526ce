import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { installFailures, whyMissing } from './judges.ts';
import { projectFolder } from './project.ts';
import { checks, runCheck } from './runner/checks.ts';
import { cases } from '../src/storage/conformance/index.ts';
import { conformanceTable } from './conformance/table.ts';
import { targets } from './targets.ts';
import { cleanEnvironment, copyTestData } from './runner/environment.ts';
import { Report } from './runner/report.ts';
import { runSuite } from './runner/run-suite.ts';
import { filesOf, homelessFiles, suites, type Suite } from './runner/suites.ts';

/** The storages that need no server; without the variable conformance runs on all. */
const QUICK_TARGETS = 'memory,memory with versions,local';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean', default: false } }, allowPositionals: true });
  const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`there is no suite ${unknown.join(', ')}; there are ${suites.map(({ name }) => name).join(', ')}\n`);
    return 254;
  }
  const isWhole = positionals.length === 0;
  copyTestData();
  const restore = cleanEnvironment(process.env);
  if (values.quick) process.env['TOWLINE_TARGETS'] = QUICK_TARGETS;
  else delete process.env['TOWLINE_TARGETS'];
  const report = new Report({ isStrict: isTrue(process.env['CI']), print: (line) => process.stdout.write(`${line}\n`) });
  try {
    if (isWhole) await runChecks(report);
    const chosen = suites.filter((suite) => (isWhole ? !values.quick || suite.isQuick === true : positionals.includes(suite.name)));
    for (const suite of chosen) await runOne(suite, report);
    if (chosen.some(({ name }) => name === 'conformance') && !values.quick) for (const line of conformanceTable(cases, targets)) process.stdout.write(`${line}\n`);
    if (isWhole && !values.quick) for (const [judge, reason] of installFailures()) report.missingJudge(judge, reason);
  } finally {
    restore();
  }
  return report.end();
}

async function runChecks(report: Report): Promise<void> {
  const results = await Promise.all(checks.map(async (check) => ({ name: check.name, result: await runCheck(check) })));
  for (const { name, result } of results) report.check(name, result);
  const homeless = homelessFiles().map((file) => relative(projectFolder, file));
  if (homeless.length > 0) report.check('homes', { failure: `no suite runs ${homeless.join(', ')}`, seconds: 0 });
}

async function runOne(suite: Suite, report: Report): Promise<void> {
  const reason = whyMissing(...(suite.judges ?? []));
  if (reason !== undefined) return report.skippedSuite(suite.name, reason);
  const files = filesOf(suite);
  if (files.length === 0) return report.emptySuite(suite.name);
  return report.suite(suite.name, await runSuite(suite, files, (failure) => report.failure(failure)));
}

const isTrue = (text: string | undefined): boolean => text !== undefined && /^(1|true|yes)$/i.test(text);

process.exitCode = await main();
