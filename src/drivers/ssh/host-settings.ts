import { posix } from 'node:path';
import { splitWords } from './ssh-config-blocks.ts';
import { expandTokens, type Settings, valueOf } from './ssh-config.ts';

/** Where the connection goes. */
export interface Target { readonly hostName: string; readonly port: number; readonly user: string }
/** What the configuration says about one host, in our words. */
export interface HostSettings {
  readonly target: Target;
  readonly identity: {
    /** Absolute paths; undefined: the usual ones. */
    readonly files: readonly string[] | undefined;
    readonly isExclusive: boolean;
    /** A socket, or 'none'. Undefined: the one of the environment. */
    readonly agent: string | undefined;
  };
  readonly proxy: { readonly kind: 'jump'; readonly hops: readonly string[] } | { readonly kind: 'command'; readonly command: string } | undefined;
  readonly hostKeys: {
    readonly userFiles: readonly string[];
    readonly globalFiles: readonly string[];
    readonly checking: 'strict' | 'accept-new' | undefined;
    readonly alias: string | undefined;
  };
  readonly timing: { readonly connectSeconds: number | undefined; readonly aliveSeconds: number | undefined; readonly aliveCount: number | undefined };
  readonly algorithms: { readonly ciphers: string | undefined; readonly keyExchange: string | undefined; readonly hostKey: string | undefined; readonly macs: string | undefined };
}
/** What is known before the configuration is asked; it wins. */
export interface Given {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly localUser: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Reads the settings of one host; the URL and the remote's own settings come first. */
export function hostSettings(settings: Settings, given: Given): HostSettings {
  const target: Target = {
    hostName: expandTokens(valueOf(settings, 'hostname') ?? given.host, { h: given.host }),
    port: given.port ?? numberOf(settings, 'port') ?? 22,
    user: given.user ?? valueOf(settings, 'user') ?? given.localUser,
  };
  const expand = expander(target, given);
  const files = settings.get('identityfile')?.map((line) => line.args[0] ?? '');
  const agent = valueOf(settings, 'identityagent');
  return {
    target,
    identity: {
      files: files?.filter((file) => file !== 'none').map(expand),
      isExclusive: valueOf(settings, 'identitiesonly')?.toLowerCase() === 'yes',
      agent: agentOf(agent, { env: given.env, expand }),
    },
    proxy: proxyOf(settings, target, given),
    hostKeys: {
      userFiles: fileList(settings, 'userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']).map(expand),
      globalFiles: fileList(settings, 'globalknownhostsfile', ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']).map(expand),
      checking: checkingOf(valueOf(settings, 'stricthostkeychecking')),
      alias: valueOf(settings, 'hostkeyalias'),
    },
    timing: { connectSeconds: numberOf(settings, 'connecttimeout'), aliveSeconds: numberOf(settings, 'serveraliveinterval'), aliveCount: numberOf(settings, 'serveralivecountmax') },
    algorithms: { ciphers: valueOf(settings, 'ciphers'), keyExchange: valueOf(settings, 'kexalgorithms'), hostKey: valueOf(settings, 'hostkeyalgorithms'), macs: valueOf(settings, 'macs') },
  };
}

function agentOf(agent: string | undefined, { env, expand }: { readonly env: Given['env']; readonly expand: (text: string) => string }): string | undefined {
  if (agent === undefined || agent === 'SSH_AUTH_SOCK') return undefined;
  if (agent === 'none') return 'none';
  return agent.startsWith('$') && !agent.startsWith('${') ? env[agent.slice(1)] : expand(agent);
}

function proxyOf(settings: Settings, { hostName, port, user }: Target, { host }: Given): HostSettings['proxy'] {
  const order = [...settings.keys()].filter((keyword) => keyword === 'proxyjump' || keyword === 'proxycommand');
  const [first] = order;
  if (first === undefined || valueOf(settings, first)?.toLowerCase() === 'none') return undefined;
  const line = settings.get(first)?.[0];
  const tokens = { h: hostName, n: host, p: String(port), r: user };
  if (first === 'proxyjump') return { kind: 'jump', hops: expandTokens(line?.args.join(',') ?? '', tokens).split(',').map((hop) => hop.trim()).filter((hop) => hop !== '') };
  return { kind: 'command', command: expandTokens(line?.rest ?? '', tokens) };
}

/** 'no' accepts a changed key in OpenSSH, with limits; here a changed key is always refused. 'ask' cannot be asked in the middle of a transfer. */
function checkingOf(value: string | undefined): 'strict' | 'accept-new' | undefined {
  switch (value?.toLowerCase()) {
    case 'yes': case 'true': return 'strict';
    case 'no': case 'false': case 'off': case 'accept-new': return 'accept-new';
    default: return undefined;
  }
}

function fileList(settings: Settings, keyword: string, usual: readonly string[]): readonly string[] {
  const line = settings.get(keyword)?.[0];
  return line === undefined ? usual : splitWords(line.rest).filter((file) => file !== 'none');
}

function numberOf(settings: Settings, keyword: string): number | undefined {
  const value = valueOf(settings, keyword);
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

function expander({ hostName, port, user }: Target, { host, home, localUser, env }: Given): (text: string) => string {
  const tokens = { '%': '%', d: home, h: hostName, n: host, p: String(port), r: user, u: localUser };
  return (text) => {
    const inPlace = expandTokens(text, tokens).replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole);
    if (inPlace === '~' || inPlace.startsWith('~/')) return posix.join(home, inPlace.slice(1));
    return inPlace.startsWith('/') || /^[A-Za-z]:[\\/]/.test(inPlace) ? inPlace : posix.join(home, inPlace);
  };
}
