import ts from 'typescript';
import { isProduct, isSource, type Fault, type HouseFile, type Rule } from './house.ts';

const ABOVE_DRIVERS = /^src\/(cli|web|repo|pods|clearml|workers|odb|remotes)\//;
/** Schemes of the storage types. 'local', 'remote' and 'memory' alone are words of their own, so only their URL form counts. */
const SCHEMES = ['s3', 'gs', 'gcs', 'azure', 'abfs', 'gdrive', 'oss', 'ssh', 'sftp', 'hdfs', 'webhdfs', 'swebhdfs', 'http', 'https', 'webdav', 'webdavs', 'oci'];
const AS_URL = ['local', 'memory', 'file'];
const COMPARISONS: readonly ts.SyntaxKind[] = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken, ts.SyntaxKind.EqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsToken];
const SEARCHES = ['startsWith', 'endsWith', 'includes', 'indexOf', 'has', 'match', 'test'];
const INTERFACE_END = 10;

/** A `.d.ts` says what somebody else's module exports; that is not ours to choose. */
export const noDefaultExport: Rule = (file) => file.path.endsWith('.d.ts') ? [] : visit(file, (node) => {
  const isDefault = (ts.isExportAssignment(node) && node.isExportEquals !== true)
    || (ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword))
    || (ts.isExportSpecifier(node) && node.name.text === 'default');
  return isDefault ? 'a default export has no name to search for' : undefined;
});

export const smallInterfaces: Rule = (file) => visit(file, (node) =>
  ts.isInterfaceDeclaration(node) && node.members.length > INTERFACE_END ? `interface ${node.name.text} has ${node.members.length} members; ${INTERFACE_END} is the end: give names to single abilities and compose them` : undefined);

/** A question about the scheme, in whatever form: compared, switched on, searched for. Help texts and examples may name schemes freely. */
export const nobodyAsksForTheScheme: Rule = (file) => !ABOVE_DRIVERS.test(file.path) || !isProduct(file.path) ? [] : visit(file, (node) => {
  if (ts.isRegularExpressionLiteral(node)) return asked(SCHEMES.find((scheme) => new RegExp(`(^|[^a-z])${scheme}s?\\??:`).test(node.text)));
  if (!ts.isStringLiteralLike(node) || !isScheme(node.text)) return undefined;
  return isQuestion(node) ? asked(node.text) : undefined;
});

const asked = (scheme: string | undefined): string | undefined =>
  scheme === undefined ? undefined : `asks for the scheme '${scheme}': above drivers/ nobody does; if you need to, the contract lacks a word`;
const isScheme = (text: string): boolean => SCHEMES.includes(text.replace(/:(\/\/)?$/, '')) || (text.includes(':') && AS_URL.includes(text.replace(/:(\/\/)?$/, '')));

function isQuestion(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) return COMPARISONS.includes(parent.operatorToken.kind);
  if (ts.isCaseClause(parent)) return parent.expression === node;
  if (ts.isCallExpression(parent)) return ts.isPropertyAccessExpression(parent.expression) && SEARCHES.includes(parent.expression.name.text);
  return ts.isArrayLiteralExpression(parent) && isSearched(parent);
}

/** `['s3', 'gs'].includes(x)` and `new Set(['s3'])` ask as well. */
function isSearched(list: ts.Node): boolean {
  const { parent } = list;
  if (ts.isNewExpression(parent)) return ts.isIdentifier(parent.expression) && parent.expression.text === 'Set';
  return ts.isPropertyAccessExpression(parent) && SEARCHES.includes(parent.name.text);
}

function visit(file: HouseFile, judge: (node: ts.Node) => string | undefined): readonly Fault[] {
  if (!isSource(file.path)) return [];
  const source = parse(file);
  const faults: Fault[] = [];
  const walk = (node: ts.Node): void => {
    const text = judge(node);
    if (text !== undefined) faults.push({ path: file.path, line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1, text });
    ts.forEachChild(node, walk);
  };
  walk(source);
  return faults;
}

// Three rules look at each file: parsing it once instead of three times halves the time of the whole test.
const parsed = new WeakMap<HouseFile, ts.SourceFile>();
function parse(file: HouseFile): ts.SourceFile {
  const known = parsed.get(file);
  if (known) return known;
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true);
  parsed.set(file, source);
  return source;
}

/** By name, as textRules. */
export const syntaxRules: Readonly<Record<string, Rule>> = { noDefaultExport, smallInterfaces, nobodyAsksForTheScheme };
