import type { Algorithms } from 'ssh2';
import { matchesPattern } from './patterns.ts';
import type { HostSettings } from './host-settings.ts';

/** What ssh2 1.17 can do; the SSH configuration may name more. */
const KNOWN = {
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr', 'chacha20-poly1305@openssh.com', 'aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521', 'diffie-hellman-group-exchange-sha256', 'diffie-hellman-group14-sha256',
    'diffie-hellman-group15-sha512', 'diffie-hellman-group16-sha512', 'diffie-hellman-group17-sha512', 'diffie-hellman-group18-sha512', 'diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha1-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha1'],
  serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-dss'],
} as const;
type Kind = keyof typeof KNOWN;
type Change = { readonly append: readonly string[] } | { readonly prepend: readonly string[] } | { readonly remove: readonly string[] };

/** The algorithms to offer. Host key algorithms come in `preferred` order unless the configuration sets its own list. */
export function algorithmsFor({ ciphers, keyExchange, hostKey, macs }: HostSettings['algorithms'], preferred: readonly string[]): Algorithms {
  const chosen = {
    cipher: choose('cipher', ciphers), kex: choose('kex', keyExchange), hmac: choose('hmac', macs),
    serverHostKey: hostKeyAlgorithms(hostKey, preferred),
  };
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)) as Algorithms;
}

function hostKeyAlgorithms(text: string | undefined, preferred: readonly string[]): readonly string[] {
  const own = choose('serverHostKey', text);
  if (own === undefined) return preferred;
  if (Array.isArray(own)) return own as readonly string[];
  const change = own as Change;
  if ('remove' in change) return preferred.filter((one) => !change.remove.includes(one));
  const [added, isFirst] = 'append' in change ? [change.append, false] : [change.prepend, true];
  const others = preferred.filter((one) => !added.includes(one));
  return isFirst ? [...added, ...others] : [...others, ...added];
}

/** An OpenSSH list, which may begin with '+', '^' or '-' to change the usual one. Undefined when it leaves the usual list as it is. */
function choose(kind: Kind, text: string | undefined): readonly string[] | Change | undefined {
  if (text === undefined) return undefined;
  const sign = /^[+^-]/.exec(text)?.[0];
  const patterns = (sign === undefined ? text : text.slice(1)).split(',');
  const names = patterns.flatMap((pattern) => KNOWN[kind].filter((name) => matchesPattern(pattern, name)));
  if (names.length === 0) return undefined;
  switch (sign) {
    case '+': return { append: names };
    case '^': return { prepend: names };
    case '-': return { remove: names };
    default: return [...new Set(names)];
  }
}
