import { TowlineError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';

/** The package `kerberos`: tickets of this machine's Kerberos, by GSSAPI (by SSPI on Windows). Tokens are in base64. */
export type Kerberos = Pick<typeof import('kerberos'), 'initializeClient' | 'GSS_MECH_OID_KRB5' | 'GSS_MECH_OID_SPNEGO'>;
/** One security context with one service. */
export type KerberosClient = Awaited<ReturnType<Kerberos['initializeClient']>>;
/** How the package is found; lent by those who have it somewhere else. */
export type ImportKerberos = () => Promise<{ readonly default: Kerberos }>;

/** Whom a context is made with: `HTTP@host`, `nn@host`; for which ticket of this machine; and by which mechanism. */
export interface ContextSettings {
  readonly service: string;
  /** `user@REALM`. Default: the ticket that `kinit` got last. */
  readonly principal?: string | undefined;
  readonly mechanism: 'krb5' | 'spnego';
  /** GSS_C_* flags. Default: both sides prove who they are, and nothing is lost or repeated. */
  readonly flags?: number;
}

const importIt: ImportKerberos = async () => await import('kerberos');

/** Loads the package. It is an optional peer because it is compiled when it is installed, for which the headers of Kerberos must be there. */
export async function loadKerberos(load: ImportKerberos = importIt): Promise<Kerberos> {
  try {
    return (await load()).default;
  } catch (cause) {
    throw new TowlineError('UNSUPPORTED', "Kerberos needs the package 'kerberos', which is not installed", {
      cause, hint: 'npm install kerberos@7 (on Debian after: apt-get install libkrb5-dev).',
    });
  }
}

/** A new context, ready for its first step. */
export async function openContext(kerberos: Kerberos, { service, principal, mechanism, flags }: ContextSettings): Promise<KerberosClient> {
  const mechOID = mechanism === 'krb5' ? kerberos.GSS_MECH_OID_KRB5 : kerberos.GSS_MECH_OID_SPNEGO;
  try {
    return await kerberos.initializeClient(service, { mechOID, ...(principal !== undefined && { principal }), ...withFlags(flags) });
  } catch (error) {
    throw kerberosError(error, service);
  }
}

/** The types of 7.0.0 call the option `gssFlag`; its code reads `flags`. */
const withFlags = (flags: number | undefined): object => (flags === undefined ? {} : { flags });

/** One step of the exchange with the service: its token in ('' at first), ours out. */
export async function step(client: KerberosClient, token: string, service: string): Promise<string> {
  try {
    // The package gives null where there is nothing left to say.
    return ((await client.step(token)) as string | null) ?? '';
  } catch (error) {
    throw kerberosError(error, service);
  }
}

/** The last one that uses the process' variable; who comes next waits for it. */
let variable: Promise<unknown> = Promise.resolve();

/**
 * Runs `work` with the tickets of one cache, which GSSAPI finds by a variable of the process only; those who want different caches take turns.
 * Without a cache it runs with the one this process has.
 */
export async function withTicketCache<T>(cache: string | undefined, { env, setVariable }: Pick<Runtime, 'env' | 'setVariable'>, work: () => Promise<T>): Promise<T> {
  const before = variable;
  const turn = (async () => {
    await before.catch(() => undefined);
    if (cache === undefined) return await work();
    if (setVariable === undefined) throw new TowlineError('UNSUPPORTED', 'this process cannot choose a ticket cache', { hint: 'Set KRB5CCNAME before it starts.' });
    const usual = env['KRB5CCNAME'];
    setVariable('KRB5CCNAME', cache);
    try {
      return await work();
    } finally {
      setVariable('KRB5CCNAME', usual);
    }
  })();
  variable = turn;
  return await turn;
}

const MEANINGS: readonly (readonly [pattern: RegExp, words: string, hint: string])[] = [
  [/no credentials|credentials cache|no Kerberos credentials|can't find client principal/i, 'there is no ticket', "Get one with 'kinit', and look at it with 'klist'."],
  [/ticket expired|expired/i, 'the ticket has expired', "Get a new one with 'kinit'."],
  [/server not found in kerberos database/i, 'the KDC does not know the service', 'Use the host name in the URL that the service has in Kerberos, not an address or another name for it.'],
  [/clock skew/i, 'the clocks differ too much', 'Set the clock of this machine.'],
  [/cannot (contact|find|resolve).*(kdc|realm)/i, 'no KDC can be reached', 'Check /etc/krb5.conf, or the file that KRB5_CONFIG names.'],
];

/** What GSSAPI says, in our words; its own text tells the rest. */
export function kerberosError(error: unknown, service: string): TowlineError {
  const text = error instanceof Error ? error.message : String(error);
  const [, words, hint] = MEANINGS.find(([pattern]) => pattern.test(text)) ?? [undefined, 'Kerberos refused', "Look at your tickets with 'klist'."];
  return new TowlineError('UNAUTHENTICATED', `${service}: ${words} (${text.replaceAll(/\s+/g, ' ').trim()})`, { cause: error, hint, context: { service } });
}
