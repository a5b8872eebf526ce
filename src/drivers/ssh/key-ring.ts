import type { BaseAgent, IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';
import { type Identity, readKeyFile, type Unlocking, type Unusable } from './keys.ts';
import type { LocalFiles } from './local-files.ts';
import type { Ssh2 } from './ssh2.ts';

/** Where keys may come from. */
export interface KeySources {
  /** The one the remote's settings name: tried first. */
  readonly keyfile: string | undefined;
  /** Those of the SSH configuration, or the usual ones. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** The agent's socket. */
  readonly agent: string | undefined;
}
export interface KeyReading { readonly ssh2: Ssh2; readonly files: LocalFiles; readonly unlocking: Unlocking }
export interface Keys { readonly identities: readonly Identity[]; readonly unusable: readonly Unusable[] }

/** All keys in the order OpenSSH offers them: keys of the agent that have a file here, other keys of the agent, files; before all the one the remote names. */
export async function gatherKeys(sources: KeySources, reading: KeyReading): Promise<Keys> {
  const unusable: Unusable[] = [];
  const read = async (path: string): Promise<readonly Identity[]> => {
    const one = await readKeyFile(path, reading);
    if (one === undefined) return [];
    if ('publicKey' in one) return [one];
    unusable.push(one);
    return [];
  };
  const named = sources.keyfile === undefined ? [] : await read(sources.keyfile);
  const fromFiles: Identity[] = [];
  for (const path of sources.identityFiles) if (path !== sources.keyfile) fromFiles.push(...await read(path));
  const fromAgent = sources.agent === undefined ? [] : await agentIdentities(sources.agent, reading.ssh2, unusable);

  const has = (list: readonly Identity[], one: Identity): boolean => list.some((other) => sameKey(other.publicKey, one.publicKey));
  const wanted = fromAgent.filter((one) => has(named, one) || has(fromFiles, one));
  const others = sources.identitiesOnly ? [] : fromAgent.filter((one) => !wanted.includes(one));
  const usable = (list: readonly Identity[]): readonly Identity[] => list.filter((one) => one.sign !== undefined && !has(fromAgent, one));
  const first = fromAgent.filter((one) => has(named, one));
  return { identities: [...first, ...usable(named), ...wanted.filter((one) => !first.includes(one)), ...others, ...usable(fromFiles)], unusable };
}

function sameKey(one: ParsedKey, other: ParsedKey): boolean {
  return one.getPublicSSH().equals(other.getPublicSSH());
}

async function agentIdentities(socket: string, ssh2: Ssh2, unusable: Unusable[]): Promise<readonly Identity[]> {
  const agent = ssh2.createAgent(socket);
  const keys = await new Promise<readonly ParsedKey[]>((resolve) => {
    agent.getIdentities((error, found: readonly unknown[] = []) => {
      if (error) unusable.push({ label: 'SSH agent', why: error.message });
      resolve(found.filter((key): key is ParsedKey => typeof key === 'object' && key !== null && 'getPublicSSH' in key));
    });
  });
  return keys.map((publicKey) => ({
    publicKey, label: `agent key ${publicKey.comment || publicKey.type}`,
    sign: async (data, hash) => await new Promise((resolve, reject) => {
      const done: SignCallback = (error, signature) => { if (error || !signature) reject(error ?? new Error('the agent gave no signature')); else resolve(signature); };
      agent.sign(publicKey, data, hash === undefined ? {} : { hash: hash as 'sha256' | 'sha512' }, done);
    }),
  }));
}

/** Identities in the shape ssh2 takes an agent in: it offers each public key, and asks for a signature once the server wants it. */
export function createKeyRing(ssh2: Ssh2, identities: readonly Identity[], onUse: (label: string, failure?: Error) => void): BaseAgent {
  class KeyRing extends ssh2.BaseAgent<ParsedKey> {
    override getIdentities(done: IdentityCallback<ParsedKey>): void {
      for (const { label } of identities) onUse(label);
      done(undefined, identities.map((one) => one.publicKey));
    }
    override sign(...[publicKey, data, second, third]: [ParsedKey, Buffer, SigningRequestOptions | SignCallback, SignCallback?]): void {
      const [{ hash }, done] = typeof second === 'function' ? [{ hash: undefined }, second] : [second, third];
      void this.#answer({ publicKey, data, hash }, done);
    }
    async #answer({ publicKey, data, hash }: { readonly publicKey: ParsedKey; readonly data: Buffer; readonly hash: string | undefined }, done: SignCallback | undefined): Promise<void> {
      const identity = identities.find((one) => sameKey(one.publicKey, publicKey));
      let signature: Buffer | undefined;
      try {
        signature = await identity?.sign?.(data, hash);
      } catch (error) {
        if (identity) onUse(identity.label, error as Error);
        done?.(error as Error);
        return;
      }
      done?.(undefined, signature);
    }
  }
  return new KeyRing();
}
