import type { Runtime } from '../../runtime.ts';

/** The value of `CLEARML_<name>`, or of its older name `TRAINS_<name>`: the first that is not blank. */
export function variable(env: Runtime['env'], name: string): { readonly name: string; readonly value: string } | undefined {
  for (const one of [`CLEARML_${name}`, `TRAINS_${name}`]) {
    const value = env[one]?.trim() ?? '';
    if (value !== '') return { name: one, value };
  }
  return undefined;
}

/** A path with `~` and `$VAR` replaced, as Python's expanduser and expandvars do. */
export function expandPath(path: string, { env, home }: Pick<Runtime, 'env' | 'home'>): string {
  const withVariables = path.replace(/\$(?:(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => env[bare ?? braced ?? ''] ?? whole);
  return withVariables === '~' || withVariables.startsWith('~/') ? home + withVariables.slice(1) : withVariables;
}
