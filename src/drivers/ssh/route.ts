import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { type Answers, createLogin } from './auth.ts';
import { connectFailed } from './errors.ts';
import type { HostKeyChecking, HostKeyRules } from './host-key.ts';
import { type HostSettings, hostSettings } from './host-settings.ts';
import { parseKnownHosts } from './known-hosts.ts';
import { parseHop } from './jump-host.ts';
import type { Link } from './link.ts';
import { type LocalFiles, missingFile } from './local-files.ts';
import { createPausableTimer, type PausableTimer } from './pausable-timer.ts';
import { type Carrier, proxyCommand } from './proxy-command.ts';
import type { Block } from './ssh-config-blocks.ts';
import { readSshConfig } from './ssh-config-files.ts';
import { resolveSshConfig } from './ssh-config.ts';
import { connectSsh2, type ForwardingLink } from './ssh2-link.ts';
import type { Ssh2 } from './ssh2.ts';

/** Where to and how, from the URL and the remote's settings. */
export interface Destination {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly password: string | undefined;
  readonly askPassword: boolean;
  readonly passphrase: string | undefined;
  readonly keyfile: string | undefined;
  readonly allowAgent: boolean;
  readonly limits: { readonly timeoutSeconds: number | undefined; readonly channels: number };
  readonly hostKeys: { readonly checking: HostKeyChecking | undefined; readonly file: string | undefined };
}
export interface RouteContext { readonly ssh2: Ssh2; readonly files: LocalFiles; readonly runtime: Runtime; readonly answers: Answers; readonly ending: AbortSignal }
interface Travel extends RouteContext {
  readonly config: readonly (readonly Block[])[];
  readonly localUser: string;
  readonly depth: number;
  /** The first part of a chain of jumps; where there is one, the configuration of this host has no say in the way. */
  readonly hops: readonly string[];
}

/** Connects to a server by ssh2, through the jump hosts or the proxy command the SSH configuration names. */
export async function connectRoute(destination: Destination, context: RouteContext): Promise<Link> {
  const { files, runtime } = context;
  const localUser = runtime.env['USER'] ?? runtime.env['LOGNAME'] ?? runtime.env['USERNAME'] ?? userInfo().username;
  return await travel(destination, { ...context, config: readSshConfig(files, runtime.home), localUser, depth: 0, hops: [] });
}

async function travel(destination: Destination, journey: Travel): Promise<ForwardingLink> {
  const { ssh2, files, runtime, answers, config, localUser, depth } = journey;
  if (depth > 8) throw new TowlineError('INVALID_CONFIG', `the ProxyJump settings for ${destination.host} lead in a circle`);
  const { host, user, port } = destination;
  const warn = (text: string): void => { runtime.warn({ code: 'SSH', text }); };
  const settings = hostSettings(resolveSshConfig(config, { host, user, localUser, warn }), { host, user, port, localUser, home: runtime.home, env: runtime.env });
  const timer = createPausableTimer(runtime, destination.limits.timeoutSeconds ?? settings.timing.connectSeconds ?? 30, journey.ending);
  const { target } = settings;
  const ask = runtime.ask && (async (question: { readonly text: string; readonly secret: boolean }) => await timer.pause(async () => await runtime.ask?.(question) ?? ''));
  const login = createLogin(ssh2, files, {
    user: target.user, place: `${target.user}@${target.hostName}:${target.port}`,
    password: destination.password, askPassword: destination.askPassword, passphrase: destination.passphrase, keys: keySources(destination, settings, runtime), answers, ask,
  });
  if (destination.keyfile !== undefined && files.readText(destination.keyfile) === undefined) throw missingFile('key file', destination.keyfile);
  const { stream, end } = await carry(settings, { journey, timer });
  return await connectSsh2(ssh2, stream, { settings, rules: hostKeyRules(destination, settings, { files, warn }), login, timer, channels: destination.limits.channels, onClose: end });
}

const USUAL_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

function keySources({ keyfile, allowAgent }: Destination, { identity }: HostSettings, { env, home, platform }: Runtime): Parameters<typeof createLogin>[2]['keys'] {
  const usual = keyfile === undefined ? USUAL_KEYS.map((name) => `${home}/.ssh/${name}`) : [];
  const agent = identity.agent ?? env['SSH_AUTH_SOCK'] ?? (platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined);
  return { keyfile, identityFiles: identity.files ?? usual, identitiesOnly: identity.isExclusive, agent: allowAgent && agent !== 'none' && agent !== '' ? agent : undefined };
}

function hostKeyRules({ host, hostKeys }: Destination, settings: HostSettings, { files, warn }: { readonly files: LocalFiles; readonly warn: (text: string) => void }): HostKeyRules {
  const { userFiles, globalFiles, checking, alias } = settings.hostKeys;
  const paths = hostKeys.file === undefined ? [...userFiles, ...globalFiles] : [hostKeys.file];
  const target = hostKeys.file ?? userFiles[0];
  return {
    subject: { host: settings.target.hostName, port: settings.target.port, alias },
    known: paths.flatMap((path) => parseKnownHosts(files.readText(path) ?? '', path)),
    checking: hostKeys.checking ?? checking ?? 'strict',
    files: paths.length === 0 ? [`the known_hosts files of ${host}`] : paths,
    remember: (line) => { if (target !== undefined && target !== '/dev/null') files.appendLine(target, line); },
    warn,
  };
}

/** What the SSH conversation runs over. */
async function carry({ proxy, target }: HostSettings, { journey, timer }: { readonly journey: Travel; readonly timer: PausableTimer }): Promise<Carrier> {
  if (journey.hops.length > 0) return await jump(journey.hops, target, journey);
  if (proxy?.kind === 'command') return proxyCommand(proxy.command, journey.runtime);
  if (proxy?.kind === 'jump') return await jump(proxy.hops, target, journey);
  // Without noDelay each small request waits up to 40 ms for the server's delayed acknowledgement: a suite of small calls took 57 s instead of 3.
  const socket = connect({ host: target.hostName, port: target.port, keepAlive: true, noDelay: true });
  try {
    await timer.run(`connecting to ${target.hostName}:${target.port}`, async () => await new Promise<void>((resolve, reject) => { socket.once('connect', resolve).once('error', reject); }));
  } catch (error) {
    socket.destroy();
    throw connectFailed(`${target.hostName}:${target.port}`, error);
  }
  return { stream: socket, end: () => { socket.destroy(); } };
}

/** Goes through each host to the next. Passwords and keys of the remote are for its own server only, as with `ssh -J`. */
async function jump(hops: readonly string[], target: HostSettings['target'], journey: Travel): Promise<Carrier> {
  const [last = '', ...before] = [...hops].reverse();
  const link = await travel({
    ...parseHop(last), password: undefined, askPassword: false, passphrase: undefined, keyfile: undefined, allowAgent: true,
    limits: { timeoutSeconds: undefined, channels: 1 }, hostKeys: { checking: undefined, file: undefined },
  }, { ...journey, hops: before.reverse(), answers: { password: undefined, passphrases: journey.answers.passphrases }, depth: journey.depth + 1 });
  try {
    return { stream: await link.forward(target.hostName, target.port), end: () => { link.end(); } };
  } catch (error) {
    link.end();
    throw error;
  }
}
