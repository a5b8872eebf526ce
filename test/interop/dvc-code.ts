import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { Float, isYamlList, isYamlMap, Timestamp } from '../../src/repo/files/yaml-value.ts';
import type { YamlValue } from '../../src/repo/files/yaml-value.ts';
import { findJudge, whyMissing } from '../judges.ts';
import { projectFolder } from '../project.ts';

interface Answer {
  readonly ok?: unknown;
  readonly error?: string;
}

export interface DvcCode {
  readonly skip: string | false;
  /** What DVC makes of it; a refusal fails the test. */
  ask(request: object): Promise<unknown>;
  answerTo(request: object): Promise<Answer>;
}

/** One Python process with DVC's code in it, for the tests of a file; a question takes about a millisecond. */
export function dvcCode(): DvcCode {
  const skip = whyMissing('python') ?? false;
  const judge = skip === false ? startJudge() : undefined;
  after(() => judge?.stop());
  const answerTo: DvcCode['answerTo'] = async (request) => (await judge?.ask(request)) ?? {};
  return {
    skip, answerTo,
    async ask(request) {
      const { ok, error } = await answerTo(request);
      assert.equal(error, undefined, JSON.stringify(request));
      return ok;
    },
  };
}

function startJudge(): { ask(request: object): Promise<Answer>; stop(): void } {
  const child = spawn(findJudge('python') ?? '', [join(projectFolder, 'test/interop/dvc-files.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((answer: Answer) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line) as Answer));
  return {
    ask: (request) => new Promise((resolve) => {
      waiting.push(resolve);
      child.stdin.write(`${JSON.stringify(request)}\n`);
    }),
    stop: () => void child.stdin.end(),
  };
}

/** The data in the form the judge gives it in. */
export function plain(value: YamlValue): unknown {
  if (isYamlList(value)) return value.map(plain);
  if (isYamlMap(value)) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]));
  if (value instanceof Float) return { float: value.toString() };
  if (typeof value === 'bigint') return { int: String(value) };
  return value instanceof Timestamp ? { date: value.text } : value;
}
