import { spawn } from 'node:child_process';
import { Duplex, PassThrough, Writable } from 'node:stream';
import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { connectFailed } from './errors.ts';
import type { Link } from './link.ts';
import type { Destination } from './route.ts';

/** A link whose channels are each a run of the `ssh` program: it brings certificates, Kerberos, FIDO keys and the whole of ssh_config. */
export function connectOpenssh(destination: Destination, { gssAuth, runtime }: { readonly gssAuth: boolean; readonly runtime: Runtime }): Link {
  const running = new Set<() => void>();
  let resolveClosed: (reason: Error) => void = () => undefined;
  const closed = new Promise<Error>((resolve) => { resolveClosed = resolve; });
  const args = opensshArguments(destination, { gssAuth, mayAsk: runtime.ask !== undefined });
  return {
    async openChannel() {
      const { stream, kill } = start(args, { destination, env: runtime.env, onExit: (one) => { running.delete(one); } });
      running.add(kill);
      return stream;
    },
    // Each channel is a login of its own, so few of them.
    channels: Math.min(destination.limits.channels, 3),
    closed,
    end() {
      for (const kill of running) kill();
      resolveClosed(new TowlineError('ABORTED', 'the connection was closed'));
    },
  };
}

/** The command line of `ssh`. What the remote's settings leave open is up to the user's SSH configuration. */
export function opensshArguments({ host, user, port, keyfile, allowAgent, limits, hostKeys }: Destination, { gssAuth, mayAsk }: { readonly gssAuth: boolean; readonly mayAsk: boolean }): readonly string[] {
  const options: Readonly<Record<string, string | undefined>> = {
    ForwardAgent: 'no', ForwardX11: 'no', ClearAllForwardings: 'yes', PermitLocalCommand: 'no', RequestTTY: 'no',
    BatchMode: mayAsk ? undefined : 'yes',
    ConnectTimeout: limits.timeoutSeconds === undefined ? undefined : String(Math.ceil(limits.timeoutSeconds)),
    ServerAliveInterval: '15',
    StrictHostKeyChecking: { strict: 'yes', 'accept-new': 'accept-new', off: 'no', unset: undefined }[hostKeys.checking ?? 'unset'],
    UserKnownHostsFile: hostKeys.checking === 'off' ? '/dev/null' : hostKeys.file && quoted(hostKeys.file),
    GlobalKnownHostsFile: hostKeys.file === undefined ? undefined : '/dev/null',
    IdentityAgent: allowAgent ? undefined : 'none',
    GSSAPIAuthentication: gssAuth ? 'yes' : undefined,
  };
  return [
    ...Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : ['-o', `${name}=${value}`])),
    ...(user === undefined ? [] : ['-l', user]), ...(port === undefined ? [] : ['-p', String(port)]), ...(keyfile === undefined ? [] : ['-i', keyfile]),
    '-s', '--', host, 'sftp',
  ];
}

/** ssh reads these values as it reads its configuration: blanks part words, and '%' begins a token. */
function quoted(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}

interface Starting { readonly destination: Destination; readonly env: Runtime['env']; readonly onExit: (kill: () => void) => void }

function start(args: readonly string[], { destination, env, onExit }: Starting): { readonly stream: Duplex; readonly kill: () => void } {
  const child = spawn('ssh', [...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  // The end of stdout comes before the exit that explains it, so it is kept back.
  const output = child.stdout.pipe(new PassThrough({ highWaterMark: 1 << 20 }), { end: false });
  // What it no longer reads says nothing; its exit, which follows, says why.
  child.stdin.on('error', () => undefined);
  const input = new Writable({
    write(chunk: Uint8Array, _encoding, done) { child.stdin.write(chunk, () => { done(); }); },
    final(done) { child.stdin.end(() => { done(); }); },
  });
  const stream = Duplex.from({ readable: output, writable: input });
  const kill = (): void => { child.kill(); };
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said = `${said}${text}`.slice(-4000); });
  child.once('error', (cause: NodeJS.ErrnoException) => {
    onExit(kill);
    stream.destroy(cause.code === 'ENOENT'
      ? new TowlineError('UNSUPPORTED', "'transport = openssh' needs the program 'ssh', which is not on the PATH", { cause, hint: 'Install the OpenSSH client.' })
      : connectFailed(destination.host, cause));
  });
  // 'close' comes after the last of stderr, which says why.
  child.once('close', (code) => {
    onExit(kill);
    stream.destroy(exitError(destination, said, code));
  });
  return { stream, kill };
}

const REASONS = [
  { pattern: /host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|is revoked/i, code: 'UNAUTHENTICATED', retryable: false },
  { pattern: /permission denied|too many authentication failures|no supported authentication/i, code: 'UNAUTHENTICATED', retryable: false },
  { pattern: /could not resolve hostname/i, code: 'UNAVAILABLE', retryable: false },
  { pattern: /bad configuration|bad owner or permissions|not a valid|unsupported option/i, code: 'INVALID_CONFIG', retryable: false },
  { pattern: /subsystem request failed/i, code: 'UNSUPPORTED', retryable: false },
] as const;

function exitError({ host }: Destination, said: string, code: number | null): TowlineError {
  const lines = said.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !/^@+$/.test(line));
  const reason = REASONS.find(({ pattern }) => pattern.test(said));
  const line = lines.findLast((one) => reason?.pattern.test(one)) ?? lines.at(-1) ?? `it ended with ${code ?? 'a signal'}`;
  return new TowlineError(reason?.code ?? 'UNAVAILABLE', `ssh could not connect to ${host}: ${line}`, { retryable: reason?.retryable ?? true, hint: `Try 'ssh ${host}' by hand.`, context: { host } });
}
