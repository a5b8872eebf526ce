import type { Failure, Outcome } from './run-suite.ts';

interface ReportOptions {
  /** In CI nothing may be left out silently: a skipped suite, a missing judge or a skip without a reason is a failure. */
  readonly isStrict: boolean;
  readonly print: (line: string) => void;
}

/** Files that take longer are named, the slowest few of a suite. */
const SLOW_SECONDS = 20;
const SLOWEST = 12;

/** What people read while the tests run, and the two numbers at the end. */
export class Report {
  readonly #options: ReportOptions;
  readonly #skippedSuites: string[] = [];
  readonly #failedNames: string[] = [];
  #passed = 0;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  /** A failure is shown when it happens; `suite` counts it. */
  failure({ name, text }: Failure): void {
    this.#print(`\nFAILED  ${name}\n${indented(text)}\n`);
  }

  check(name: string, { failure, seconds }: { readonly failure?: string; readonly seconds: number }): void {
    if (failure === undefined) this.#passed += 1;
    else this.#fail({ name, text: failure });
    this.#line(name, failure === undefined ? 'passed' : 'FAILED', seconds);
  }

  suite(name: string, outcome: Outcome): void {
    this.#passed += outcome.passed;
    this.#failedNames.push(...outcome.failures.map((failure) => failure.name));
    const reasons = new Map<string, number>();
    for (const { name: test, reason } of outcome.skips) {
      if (reason === undefined && this.#options.isStrict) this.#fail({ name: test, text: 'is skipped without a reason' });
      const key = reason ?? `no reason given (${test})`;
      reasons.set(key, (reasons.get(key) ?? 0) + 1);
    }
    if (outcome.passed + outcome.failures.length === 0) this.#nothingRan(name, [...reasons.keys()].join('; '));
    const skipped = outcome.skips.length > 0 ? `, ${outcome.skips.length} skipped` : '';
    this.#line(name, `${outcome.passed} passed, ${outcome.failures.length} failed${skipped}`, outcome.seconds);
    for (const [reason, count] of reasons) this.#print(`            ${count} skipped: ${reason}`);
    for (const { file, seconds } of outcome.files.filter((one) => one.seconds > SLOW_SECONDS).slice(0, SLOWEST)) this.#print(`            ${seconds.toFixed(0)} s in ${file}`);
  }

  /** A suite without its judge is named; in CI it is a failure. */
  skippedSuite(name: string, reason: string): void {
    this.#skippedSuites.push(`${name}: ${reason}`);
    if (this.#options.isStrict) this.#fail({ name: `suite ${name}`, text: `skipped: ${reason}` });
    this.#line(name, 'SKIPPED', 0);
  }

  missingJudge(judge: string, reason: string): void {
    this.#skippedSuites.push(`whatever needs ${judge}: ${reason}`);
    if (this.#options.isStrict) this.#fail({ name: `judge ${judge}`, text: `could not be installed: ${reason}` });
  }

  emptySuite(name: string): void {
    this.#fail({ name: `suite ${name}`, text: 'has no test file: a suite that must run did not' });
    this.#line(name, 'FAILED', 0);
  }

  /** Prints the end, of which the last line is for programs. Returns the exit code. */
  end(): number {
    if (this.#skippedSuites.length > 0) this.#print(`\nskipped:\n${indented(this.#skippedSuites.join('\n'))}`);
    if (this.#failedNames.length > 0) this.#print(`\nfailed:\n${indented(this.#failedNames.join('\n'))}`);
    if (this.#passed === 0 && this.#failedNames.length === 0) this.#fail({ name: 'everything', text: 'nothing ran' });
    this.#print(`\n${this.#passed} passed, ${this.#failedNames.length} failed`);
    return this.#failedNames.length === 0 ? 0 : 1;
  }

  #nothingRan(name: string, reasons: string): void {
    const reason = reasons === '' ? 'it ran no test' : `it ran no test: ${reasons}`;
    if (this.#options.isStrict || reasons === '') this.#fail({ name: `suite ${name}`, text: reason });
    this.#skippedSuites.push(`${name}: ${reason}`);
  }

  #fail(failure: Failure): void {
    this.#failedNames.push(failure.name);
    this.failure(failure);
  }

  #line(name: string, result: string, seconds: number): void {
    this.#print(`${name.padEnd(12)}${result}  (${seconds.toFixed(1)} s)`);
  }

  #print(text: string): void {
    this.#options.print(text);
  }
}

const indented = (text: string): string => text.split('\n').map((line) => `    ${line}`).join('\n');
