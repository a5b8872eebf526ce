import { spawn } from 'node:child_process';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Starts the person's browser and leaves it to itself. That it could not be started is no failure: the address stands on the screen as well. */
export function openBrowser(url: string, env: Environment, platform: string = process.platform): void {
  const [program, words] = browserCommand(url, env, platform);
  const child = spawn(program, [...words], { detached: true, stdio: 'ignore', windowsHide: true });
  child.on('error', () => undefined);
  child.unref();
}

/** The program and its words. On Windows `start` is a word of the shell, to which '&' would mean something; `rundll32` takes the address as it is. */
export function browserCommand(url: string, env: Environment, platform: string): readonly [program: string, words: readonly string[]] {
  if (platform === 'darwin') return ['open', [url]];
  if (platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler', url]];
  // BROWSER may list several programs with ':' between, and their words: the first that is only a name is taken.
  const chosen = (env['BROWSER'] ?? '').split(':').find((one) => /^[\w./-]+$/.test(one));
  return [chosen ?? 'xdg-open', [url]];
}
