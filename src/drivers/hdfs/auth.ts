import { userInfo } from 'node:os';
import { TowlineError } from '../../errors.ts';
import { type ImportKerberos, type KerberosClient, kerberosError, loadKerberos, openContext, step, withTicketCache } from '../../http/kerberos.ts';
import type { Runtime } from '../../runtime.ts';
import { type RpcSasl, rpcSasl, type SaslAuth } from './messages.ts';
import { type Authentication, CALL_ID, type Frames } from './rpc-connection.ts';

/** Who asks, where the cluster believes it: the remote's setting, the URL, HADOOP_USER_NAME, then the user of this machine. */
export function userName(settings: readonly (string | undefined)[], env: Runtime['env']): string {
  return [...settings, env['HADOOP_USER_NAME'], env['USER'], env['LOGNAME'], env['USERNAME']].find((name) => name !== undefined && name !== '') ?? userInfo().username;
}

/** A cluster without Kerberos believes the name it is told. */
export const simple = (user: string): Authentication => ({ protocol: 0, run: async () => await Promise.resolve(user) });

export interface KerberosLogin {
  /** The file with the ticket; undefined: the one that is usual here. */
  readonly ticketCache: string | undefined;
  /** The Kerberos name of the name nodes as configured; '_HOST' stands for their host. Undefined: the service the name node names, on the host that was asked. */
  readonly principal: string | undefined;
  /** The user to act for, when that is another than the ticket's. */
  readonly user: string | undefined;
  readonly runtime: Pick<Runtime, 'env' | 'setVariable'>;
  readonly importKerberos?: ImportKerberos | undefined;
}

const SASL_STATE = { success: 0, negotiate: 1, initiate: 2, challenge: 3, response: 4 } as const;
/** What may be done with all that follows the login: nothing (RFC 4752; 2 is to sign it, 4 to encrypt it). */
const NO_LAYER = 1;

/** Logs in with a ticket (SASL, GSSAPI). */
export function kerberos(login: KerberosLogin, host: string): Authentication {
  return {
    protocol: 0xdf,
    run: async (frames) => await withTicketCache(login.ticketCache, login.runtime, async () => await logIn(login, host, frames)),
  };
}

async function logIn(login: KerberosLogin, host: string, frames: Frames): Promise<string | undefined> {
  const exchange = async (message: Parameters<typeof rpcSasl.encode>[0]): Promise<RpcSasl> => {
    frames.send(CALL_ID.sasl, rpcSasl.encode(message));
    return rpcSasl.decode((await frames.receive()).body);
  };
  const { auths } = await exchange({ state: SASL_STATE.negotiate });
  const offered = auths.find(({ method }) => method === 'KERBEROS');
  if (offered === undefined) {
    // Who asked for Kerberos is not told that a name will do: anybody could stand there and say so.
    throw new TowlineError('UNAUTHENTICATED', `${host}: the name node does not offer Kerberos, but ${auths.map(({ method }) => method).join(', ')}`, { hint: "Remove 'kerb_ticket', or hadoop.security.authentication from core-site.xml, if the cluster has none." });
  }
  const service = serviceOf(login, host, offered);
  const client = await openContext(await loadKerberos(login.importKerberos), { service, principal: undefined, mechanism: 'krb5', flags: MUTUAL | SEQUENCE });
  const { challenge: _, ...chosen } = offered;
  let answer = await exchange({ state: SASL_STATE.initiate, token: await nextToken(client, undefined, service), auths: [chosen] });
  while (!client.contextComplete) answer = await exchange({ state: SASL_STATE.response, token: await nextToken(client, answer, service) });
  // The context stands; what is left is what to do with what follows.
  if (answer.state !== SASL_STATE.challenge || answer.token === undefined) throw refused(service);
  const layers = await unwrapped(client, answer.token, service);
  if (((layers[0] ?? 0) & NO_LAYER) === 0) {
    // The `wrap` of kerberos 7.0.0 can say yes to no layer, and nothing else (authenticate_gss_client_wrap, with a user that is never absent).
    throw new TowlineError('UNSUPPORTED', `${service}: the cluster wants every message signed or encrypted (hadoop.rpc.protection), which the package 'kerberos' cannot`, {
      hint: 'Use webhdfs:// with use_https, or have the cluster offer authentication too: hadoop.rpc.protection = authentication,privacy.',
    });
  }
  answer = await exchange({ state: SASL_STATE.response, token: Buffer.from(await client.wrap(Buffer.of(NO_LAYER, 0, 0, 0).toString('base64')), 'base64') });
  if (answer.state !== SASL_STATE.success) throw refused(service);
  const own = client.username.split(/[/@]/)[0];
  return login.user === own ? undefined : login.user;
}

/** GSS_C_MUTUAL_FLAG and GSS_C_SEQUENCE_FLAG. */
const MUTUAL = 2;
const SEQUENCE = 8;

/** Only the name node that was meant can prove to be this one: neither its service nor its host are what it says of itself, where anybody else says so. */
function serviceOf({ principal }: KerberosLogin, host: string, { protocol }: SaslAuth): string {
  const [, service, instance] = /^([^/@]+)\/([^/@]+)/.exec(principal ?? '') ?? [];
  if (service !== undefined) return `${service}@${instance === undefined || instance.toUpperCase() === '_HOST' ? host : instance}`;
  return `${protocol ?? 'nn'}@${host}`;
}

async function nextToken(client: KerberosClient, answer: RpcSasl | undefined, service: string): Promise<Buffer> {
  if (answer !== undefined && answer.state !== SASL_STATE.challenge) throw refused(service);
  return Buffer.from(await step(client, Buffer.from(answer?.token ?? []).toString('base64'), service), 'base64');
}

async function unwrapped(client: KerberosClient, token: Uint8Array, service: string): Promise<Buffer> {
  try {
    return Buffer.from(await client.unwrap(Buffer.from(token).toString('base64')), 'base64');
  } catch (error) {
    throw kerberosError(error, service);
  }
}

const refused = (service: string): TowlineError => new TowlineError('UNAUTHENTICATED', `${service}: the login was broken off`, { hint: "Look at your ticket with 'klist'.", context: { service } });
