import { cancelCases } from './cancel.ts';
import type { Case } from './case.ts';
import { concurrencyCases } from './concurrency.ts';
import { deleteCases } from './delete.ts';
import { listCases } from './list.ts';
import { nameCases } from './names.ts';
import { originCases } from './origin.ts';
import { readCases } from './read.ts';
import { statCases } from './stat.ts';
import { uploadCases } from './upload.ts';
import { versionCases } from './versions.ts';
import { writeCases } from './write.ts';

export { type Case, defineCase, type Tools } from './case.ts';
export { type CaseResult, runCase, runCases, type RunOptions } from './run.ts';

/** Every promise of the driver contract, as data. */
export const cases: readonly Case[] = [
  ...statCases, ...readCases, ...writeCases, ...listCases, ...deleteCases, ...nameCases, ...uploadCases,
  ...versionCases, ...originCases, ...concurrencyCases, ...cancelCases,
];
