import { createHash } from 'node:crypto';
import { TowlineError } from '../../errors.ts';
import { knownName, type KnownHost, namesHost, serializeKnownHost, typeOfKey } from './known-hosts.ts';

/** How strictly a server must be known. */
export type HostKeyChecking = 'strict' | 'accept-new' | 'off';

/** The server whose key is looked at. */
export interface HostKeySubject {
  readonly host: string;
  readonly port: number;
  /** The name to look for instead of host and port. */
  readonly alias: string | undefined;
}
/** How one connection judges the key its server shows. */
export interface HostKeyRules {
  readonly subject: HostKeySubject;
  readonly known: readonly KnownHost[];
  readonly checking: HostKeyChecking;
  /** The files `known` was read from, as they are named to the user. */
  readonly files: readonly string[];
  /** Adds a line to the user's file; called for 'accept-new' only. */
  readonly remember: (line: string) => void;
  readonly warn: (text: string) => void;
}
export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown'; readonly otherTypes: readonly string[]; readonly hasAuthority: boolean }
  | { readonly kind: 'changed'; readonly at: KnownHost }
  | { readonly kind: 'revoked'; readonly at: KnownHost };

/** What the known_hosts lines say about the key a server shows. */
export function judgeHostKey(known: readonly KnownHost[], subject: HostKeySubject, key: Buffer): Verdict {
  const lines = linesFor(known, subject);
  const revoked = lines.find((line) => line.marker === 'revoked' && line.key.equals(key));
  if (revoked) return { kind: 'revoked', at: revoked };
  const keys = lines.filter((line) => line.marker === undefined);
  if (keys.some((line) => line.key.equals(key))) return { kind: 'known' };
  const changed = keys.find((line) => line.keyType === typeOfKey(key));
  if (changed) return { kind: 'changed', at: changed };
  // A key written down for the host without a port holds for its other ports too, as in OpenSSH; a different one there says nothing.
  if (subject.alias === undefined && subject.port !== 22) {
    const bare = judgeHostKey(known, { ...subject, port: 22 }, key);
    if (bare.kind === 'known' || bare.kind === 'revoked') return bare;
  }
  return { kind: 'unknown', otherTypes: keys.map((line) => line.keyType), hasAuthority: lines.some((line) => line.marker === 'cert-authority') };
}

const ALGORITHMS = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];

/** Host key algorithms in the order to ask for them: first those known_hosts has a key for, else a known host would look unknown. */
export function preferredAlgorithms(known: readonly KnownHost[], subject: HostKeySubject): readonly string[] {
  const exact = linesFor(known, subject).filter((line) => line.marker === undefined);
  const lines = exact.length > 0 || subject.alias !== undefined ? exact : linesFor(known, { ...subject, port: 22 });
  const types = new Set(lines.map((line) => line.keyType));
  const isKnown = (algorithm: string): boolean => types.has(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm))];
}

/** Undefined when the key may be trusted, else the error to fail with. */
export function checkHostKey(rules: HostKeyRules, key: Buffer): TowlineError | undefined {
  const { subject, checking, warn, remember } = rules;
  const name = subject.alias ?? knownName(subject.host, subject.port);
  const keyType = typeOfKey(key);
  if (keyType === undefined) return new TowlineError('CORRUPT', `${name} showed a host key that is none`);
  const verdict = judgeHostKey(rules.known, subject, key);
  if (verdict.kind === 'known') return undefined;
  if (verdict.kind === 'revoked') return revokedError(name, key, verdict.at);
  if (checking === 'off') {
    warn(`the host key of ${name} (${keyType} ${fingerprint(key)}) is not checked: host_key_checking is off`);
    return undefined;
  }
  if (verdict.kind === 'changed') return changedError(name, key, verdict.at);
  if (checking === 'strict') return unknownError(rules, key, verdict);
  remember(serializeKnownHost({ marker: undefined, names: name, keyType, key }));
  warn(`the host key of ${name} (${keyType} ${fingerprint(key)}) was unknown and is trusted from now on`);
  return undefined;
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function linesFor(known: readonly KnownHost[], { host, port, alias }: HostKeySubject): readonly KnownHost[] {
  return known.filter((line) => namesHost(line.names, alias ?? knownName(host, port)));
}

function unknownError({ subject, files }: HostKeyRules, key: Buffer, verdict: Extract<Verdict, { kind: 'unknown' }>): TowlineError {
  const name = subject.alias ?? knownName(subject.host, subject.port);
  const why = verdict.otherTypes.length > 0 ? `only its ${[...new Set(verdict.otherTypes)].join(' and ')} key is known` : `it is in none of ${files.join(', ')}`;
  const port = subject.port === 22 ? '' : ` -p ${subject.port}`;
  const once = `Compare the fingerprint with the server's, then connect once with 'ssh${port} ${subject.host}', or add the line of 'ssh-keyscan${port} ${subject.host}' to ${files[0] ?? 'known_hosts'}; or set host_key_checking = accept-new.`;
  const authority = `known_hosts has a certificate authority for this host; certificates are verified only with 'transport = openssh'.`;
  return new TowlineError('UNAUTHENTICATED', `the host key of ${name} is unknown (${typeOfKey(key)} ${fingerprint(key)}): ${why}`, {
    hint: verdict.hasAuthority ? authority : once, context: { host: name, fingerprint: fingerprint(key) },
  });
}

function changedError(name: string, key: Buffer, at: KnownHost): TowlineError {
  return new TowlineError('UNAUTHENTICATED', `THE HOST KEY OF ${name} HAS CHANGED: the server shows ${at.keyType} ${fingerprint(key)}, but ${at.file}:${at.line} says ${fingerprint(at.key)}; nothing was sent`, {
    hint: `Someone may be listening in, or the server was set up anew. Ask its administrator; if the new key is right, remove the old one with 'ssh-keygen -R "${name}" -f ${at.file}'.`,
    context: { host: name, file: at.file, line: at.line, fingerprint: fingerprint(key) },
  });
}

function revokedError(name: string, key: Buffer, at: KnownHost): TowlineError {
  return new TowlineError('UNAUTHENTICATED', `the host key of ${name} (${at.keyType} ${fingerprint(key)}) is revoked in ${at.file}:${at.line}; nothing was sent`, {
    hint: 'Ask the administrator of the server.', context: { host: name, file: at.file, line: at.line },
  });
}
