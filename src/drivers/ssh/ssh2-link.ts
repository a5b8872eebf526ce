import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { TowlineError } from '../../errors.ts';
import { algorithmsFor } from './algorithms.ts';
import type { Login } from './auth.ts';
import { connectFailed, connectionLost } from './errors.ts';
import { checkHostKey, type HostKeyRules, preferredAlgorithms } from './host-key.ts';
import type { HostSettings } from './host-settings.ts';
import type { Link } from './link.ts';
import type { PausableTimer } from './pausable-timer.ts';
import type { Ssh2 } from './ssh2.ts';

/** A link that may carry another: a jump host. */
export interface ForwardingLink extends Link { forward(host: string, port: number): Promise<Duplex> }

export interface Ssh2LinkOptions {
  readonly settings: HostSettings;
  readonly rules: HostKeyRules;
  readonly login: Login;
  readonly channels: number;
  readonly timer: PausableTimer;
  /** Called once the link is gone, to take down what carries it. */
  readonly onClose: () => void;
}

/** Shakes hands and logs in over `stream`. */
export async function connectSsh2(ssh2: Ssh2, stream: Duplex, options: Ssh2LinkOptions): Promise<ForwardingLink> {
  const { onClose } = options;
  const client = new ssh2.Client();
  let lost: Error | undefined;
  const closed = new Promise<Error>((resolve) => {
    client.on('close', () => { onClose(); resolve(lost ?? connectionLost(undefined)); });
  });
  // ssh2 emits some errors after the one that ended the connection; without a listener they would end the process.
  client.on('error', (error) => { lost ??= connectionLost(error); });
  try {
    await logIn(client, stream, options);
  } catch (error) {
    client.destroy();
    stream.destroy();
    onClose();
    throw error;
  }
  return {
    openChannel: async () => await channelOf(client),
    channels: options.channels,
    forward: async (host, port) => await new Promise<Duplex>((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, host, port, (error: Error | undefined, channel: ClientChannel) => { if (error) reject(connectFailed(`${host}:${port} through the jump host`, error)); else resolve(channel); });
    }),
    closed,
    end: () => { client.end(); },
  };
}

async function logIn(client: Client, stream: Duplex, { settings, rules, login, timer }: Ssh2LinkOptions): Promise<void> {
  const { target, timing, algorithms } = settings;
  const place = `${target.hostName}:${target.port}`;
  let hostKeyError: TowlineError | undefined;
  let isShaken = false;
  try {
    await timer.run(`connecting to ${place}`, async () => await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve).once('handshake', () => { isShaken = true; });
      client.on('error', (error: Error & { level?: string }) => {
        // The agent's refusal of one key is no end: ssh2 goes on with the next.
        if (error.level !== 'agent') reject(hostKeyError ?? (isShaken ? login.failed(error) : connectFailed(place, error)));
      });
      client.once('close', () => { reject(hostKeyError ?? (isShaken ? login.failed(undefined) : connectFailed(place, new Error('the server ended the connection')))); });
      // connect() throws at once for some settings instead of emitting an error.
      client.connect({
        sock: stream, username: target.user, authHandler: login.handler, readyTimeout: 0,
        algorithms: algorithmsFor(algorithms, preferredAlgorithms(rules.known, rules.subject)),
        hostVerifier: (key: Buffer, verify: (isTrusted: boolean) => void) => {
          hostKeyError = checkHostKey(rules, key);
          verify(hostKeyError === undefined);
        },
        keepaliveInterval: (timing.aliveSeconds ?? 15) * 1000, keepaliveCountMax: timing.aliveCount ?? 3,
      });
    }));
  } catch (error) {
    throw error instanceof TowlineError ? error : connectFailed(place, error);
  }
  login.succeeded();
}

async function channelOf(client: Client): Promise<Duplex> {
  return await new Promise((resolve, reject) => {
    client.subsys('sftp', (error: Error & { reason?: unknown } | undefined, channel) => {
      if (!error) resolve(channel);
      else if (error.reason !== undefined) reject(new TowlineError('UNAVAILABLE', `the server opens no further session: ${error.message}`, { cause: error, retryable: true }));
      else reject(new TowlineError('UNSUPPORTED', `the server offers no SFTP: ${error.message}`, { cause: error, hint: "Its sshd_config needs a line 'Subsystem sftp internal-sftp'." }));
    });
  });
}
