import ignoreLibrary from 'ignore';
import type { Ignore as Rules } from 'ignore';

/** Which paths the ignore files of a repository hide. Paths are relative to the root. */
export interface Ignore {
  /** True when the path, or a folder it lies in, is ignored. */
  ignores(path: string, isFolder: boolean): boolean;
  /**
   * The same question for the names in one folder: what holds there is looked up once, and most names of a tree meet no rule. `names`: all that lie in it, from whoever has
   * listed it and lists every folder he enters: then the disk is not asked for any of them, and that a folder is a repository of its own shows when it is entered.
   */
  ignoresIn(folder: string, names?: readonly string[]): (name: string, isFolder: boolean) => boolean;
  /** True when nothing below a folder is ignored but for names that begin with a dot, or for what an ignore file there says. */
  ignoresHiddenOnly(folder: string): boolean;
  /** The rule that decides, as `.dvcignore:4:foo*`; a rule beginning with '!' takes the path back. Undefined when none applies. */
  explain(path: string, isFolder: boolean): string | undefined;
}

export interface IgnoreOptions {
  /** The name of the ignore files. Default '.dvcignore'. */
  readonly fileName?: string;
  /** Rules that hold before those of any file. */
  readonly builtIn?: readonly string[];
  /** True for a folder that is a repository of its own: all of it is ignored. Default: none is. */
  readonly isNested?: (folder: string) => boolean;
  /** The name in a folder that makes it one. */
  readonly nestedBy?: string;
}

/** What DVC never looks at. */
const NEVER = ['.hg/', '.git/', '.git', '.dvc/'];

/**
 * The ignore rules of a tree. `readText` gives the text of a file, undefined when there is none; each ignore file is read once,
 * when a path below its folder is first asked for.
 */
export function createIgnore(readText: (path: string) => string | undefined, options: IgnoreOptions = {}): Ignore {
  return new IgnoreTree(readText, { fileName: '.dvcignore', builtIn: NEVER, isNested: () => false, nestedBy: '', ...options });
}

interface RuleFile {
  /** The folder its rules are relative to. */
  readonly folder: string;
  readonly matcher: Matcher;
  readonly rules: readonly { readonly label: string; readonly matcher: Matcher; readonly negative: boolean }[];
}

class IgnoreTree implements Ignore {
  readonly #readText: (path: string) => string | undefined;
  readonly #options: Required<IgnoreOptions>;
  /** The rule files that hold for what lies in a folder, from the root down; undefined for an ignored folder. */
  readonly #folders = new Map<string, readonly RuleFile[] | undefined>();
  /** What was found last, because the names of a folder are asked for one after another. */
  #last: { readonly folder: string; readonly files: readonly RuleFile[] | undefined } | undefined;

  constructor(readText: (path: string) => string | undefined, options: Required<IgnoreOptions>) {
    this.#readText = readText;
    this.#options = options;
  }

  ignores(path: string, isFolder: boolean): boolean {
    if (path === '') return false;
    const files = this.#filesBeside(path);
    return files === undefined || (isFolder && this.#options.isNested(path)) || this.#isHidden(path, { isFolder, files });
  }

  ignoresIn(folder: string, names?: readonly string[]): (name: string, isFolder: boolean) => boolean {
    const files = this.#filesFor(folder, names);
    if (files === undefined) return () => true;
    const prefix = folder === '' ? '' : `${folder}/`;
    const isOnlyBuiltIn = this.ignoresHiddenOnly(folder);
    return (name, isFolder) => {
      if (names === undefined && isFolder && this.#options.isNested(prefix + name)) return true;
      return (!isOnlyBuiltIn || name.startsWith('.')) && this.#isHidden(prefix + name, { isFolder, files });
    };
  }

  ignoresHiddenOnly(folder: string): boolean {
    return this.#filesFor(folder)?.length === 1 && this.#options.builtIn === NEVER;
  }

  explain(path: string, isFolder: boolean): string | undefined {
    if (path === '') return undefined;
    const files = this.#filesFor(parentOf(path));
    if (files === undefined) return this.explain(parentOf(path), true);
    if (isFolder && this.#options.isNested(path)) return `in sub_repo:${path.slice(path.lastIndexOf('/') + 1)}`;
    for (const file of files.toReversed()) {
      const inside = relativeTo(file.folder, path) + (isFolder ? '/' : '');
      const rule = file.rules.findLast(({ matcher }) => matcher.test(inside).ignored);
      if (rule !== undefined) return rule.label;
    }
    return undefined;
  }

  /** The last rule that matches wins, so a file further down is asked first; it may also take a path back. */
  #isHidden(path: string, { isFolder, files }: { readonly isFolder: boolean; readonly files: readonly RuleFile[] }): boolean {
    for (let index = files.length - 1; index >= 0; index -= 1) {
      const file = files[index];
      if (file === undefined) continue;
      const { ignored, unignored } = file.matcher.test(relativeTo(file.folder, path) + (isFolder ? '/' : ''));
      if (ignored || unignored) return ignored;
    }
    return false;
  }

  #filesBeside(path: string): readonly RuleFile[] | undefined {
    const last = this.#last;
    if (last !== undefined && path.lastIndexOf('/') === last.folder.length && path.startsWith(last.folder)) return last.files;
    const folder = parentOf(path);
    const files = this.#filesFor(folder);
    this.#last = { folder, files };
    return files;
  }

  #filesFor(folder: string, names?: readonly string[]): readonly RuleFile[] | undefined {
    if (this.#folders.has(folder)) return this.#folders.get(folder);
    const files = folder === '' ? this.#extend([this.#builtIn()], '') : this.#enter(folder, names);
    this.#folders.set(folder, files);
    return files;
  }

  /** Nothing in an ignored folder can be taken back, as in Git. */
  #enter(folder: string, names?: readonly string[]): readonly RuleFile[] | undefined {
    const above = this.#filesFor(parentOf(folder));
    const { isNested, nestedBy, fileName } = this.#options;
    if (above === undefined || (names?.includes(nestedBy) ?? isNested(folder)) || this.#isHidden(folder, { isFolder: true, files: above })) return undefined;
    return names?.includes(fileName) === false ? above : this.#extend(above, folder);
  }

  #extend(above: readonly RuleFile[], folder: string): readonly RuleFile[] {
    const name = folder === '' ? this.#options.fileName : `${folder}/${this.#options.fileName}`;
    // An ignore file that is ignored itself does not count.
    if (this.#isHidden(name, { isFolder: false, files: above })) return above;
    const text = this.#readText(name);
    const rules = text === undefined ? [] : parseRules(text, name);
    return rules.length === 0 ? above : [...above, { folder, matcher: matcherOf(rules.map(({ rule }) => rule)), rules: rules.map(labelled) }];
  }

  #builtIn(): RuleFile {
    const rules = this.#options.builtIn.map((rule) => ({ rule, label: `:${rule}` }));
    const matcher = matcherOf(this.#options.builtIn);
    return { folder: '', matcher: this.#options.builtIn === NEVER ? onlyFor(isHiddenName, matcher) : matcher, rules: rules.map(labelled) };
  }
}

/** What is asked of a set of rules. */
type Matcher = Pick<Rules, 'test'>;

/** What the rules of `NEVER` could apply to: asked first, because most names of a tree meet no other rule. */
const isHiddenName = (inside: string): boolean => inside.startsWith('.') || inside.includes('/.');

/** The same answers, sooner for what does not look like what the rules are about. */
function onlyFor(isSuspect: (inside: string) => boolean, matcher: Matcher): Matcher {
  return { test: (inside) => (isSuspect(inside) ? matcher.test(inside) : NOTHING) };
}

const NOTHING = { ignored: false, unignored: false };

interface NamedRule {
  readonly rule: string;
  readonly label: string;
}

/** Lines are trimmed, as DVC does: a blank that is escaped at the end is lost. */
function parseRules(text: string, name: string): NamedRule[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const rule = line.trim();
    return rule === '' || rule.startsWith('#') ? [] : [{ rule, label: `${name}:${index + 1}:${rule}` }];
  });
}

function labelled({ rule, label }: NamedRule): RuleFile['rules'][number] {
  const negative = rule.startsWith('!');
  return { label, negative, matcher: matcherOf([negative ? rule.slice(1) : rule]) };
}

function matcherOf(rules: readonly string[]): Matcher {
  return ignoreLibrary({ ignorecase: false, allowRelativePaths: true }).add(rules as string[]);
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function relativeTo(folder: string, path: string): string {
  return folder === '' ? path : path.slice(folder.length + 1);
}
