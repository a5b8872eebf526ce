import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, Prompt } from 'ssh2';
import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { createKeyRing, gatherKeys, type KeySources } from './key-ring.ts';
import type { LocalFiles } from './local-files.ts';
import type { Ssh2 } from './ssh2.ts';

/** What was typed and worked, so that a second connection does not ask again. */
export interface Answers { password: string | undefined; readonly passphrases: Map<string, string> }

/** How one login may be made. */
export interface LoginSettings {
  readonly user: string;
  /** For questions: 'user@host:port'. */
  readonly place: string;
  readonly password: string | undefined;
  /** Ask for the password before the server asks its questions. */
  readonly askPassword: boolean;
  readonly passphrase: string | undefined;
  readonly keys: KeySources;
  readonly answers: Answers;
  readonly ask: Runtime['ask'] | undefined;
}
/** One login on its way. */
export interface Login {
  readonly handler: AuthHandlerMiddleware;
  /** Keeps the answers that were right. */
  succeeded(): void;
  /** Says what was tried, once the server has refused it all. */
  failed(cause: unknown): TowlineError;
}

const TRIES = 3;

/** The ways to log in, one after the other as OpenSSH goes through them: none, keys, a known password, questions of the server, a password asked for. */
export function createLogin(ssh2: Ssh2, files: LocalFiles, settings: LoginSettings): Login {
  const { user, place, answers, ask } = settings;
  const tried = new Map<string, string | undefined>();
  const left = { none: 1, keys: 1, password: 1, questions: TRIES, askedPassword: TRIES };
  let known = settings.password ?? answers.password;
  let offered: readonly string[] = [];
  const question = { text: `Enter a password for ${place}: `, secret: true };
  let failure: TowlineError | undefined;
  let typed: string | undefined;

  const keys = async (): Promise<AnyAuthMethod | undefined> => {
    const unlocking = { passphrase: settings.passphrase, ask, answers: answers.passphrases };
    const { identities, unusable } = await gatherKeys(settings.keys, { ssh2, files, unlocking });
    for (const { label, why } of unusable) tried.set(label, why);
    const ring = createKeyRing(ssh2, identities, (label, error) => { tried.set(label, error?.message); });
    return identities.length === 0 ? undefined : { type: 'agent', username: user, agent: ring };
  };
  const questions = (): AnyAuthMethod => {
    tried.set('keyboard-interactive', undefined);
    const isFirst = left.questions === TRIES - 1;
    return {
      type: 'keyboard-interactive', username: user,
      // ssh2 hands over five things; the third is a language tag nobody sends.
      prompt: (...[name, instructions, , prompts, finish]) => {
        answer([name, instructions], prompts, { ask, password: isFirst ? known : undefined })
          .then((texts) => { finish([...texts]); }, (error: unknown) => { failure = failure ?? toError(error); finish(prompts.map(() => '')); });
      },
    };
  };
  const next = async (methods: readonly AuthenticationType[] | undefined): Promise<AnyAuthMethod | false> => {
    if (failure) return false;
    if (methods === undefined) return { type: 'none', username: user };
    offered = methods;
    const may = (method: AuthenticationType, budget: keyof typeof left): boolean => methods.includes(method) && left[budget] > 0 && (left[budget] -= 1) >= 0;
    if (may('publickey', 'keys')) {
      const ring = await keys();
      if (ring) return ring;
    }
    const takesPassword = methods.includes('password') || methods.includes('keyboard-interactive');
    if (settings.askPassword && ask && known === undefined && takesPassword) known = typed = await ask(question);
    if (known !== undefined && may('password', 'password')) {
      tried.set('password', undefined);
      return { type: 'password', username: user, password: known };
    }
    if ((ask ?? (left.questions === TRIES ? known : undefined)) !== undefined && may('keyboard-interactive', 'questions')) return questions();
    if (ask && may('password', 'askedPassword')) {
      tried.set('password', undefined);
      typed = await ask(question);
      return { type: 'password', username: user, password: typed };
    }
    return false;
  };
  return {
    // `methods` is null before the first answer of the server, whatever the types say.
    handler: (methods: readonly AuthenticationType[] | null, _isPartial, done) => {
      next(methods ?? undefined).then((method) => { done(method as AnyAuthMethod); }, (error: unknown) => {
        failure = toError(error);
        done(false as unknown as AnyAuthMethod);
      });
    },
    succeeded: () => { answers.password = typed ?? answers.password; },
    failed: (cause) => failure ?? refused(place, { tried, offered, cause }),
  };
}

/** Answers the server's questions: a known password to the one that asks for it, the person to the others. */
async function answer(head: readonly string[], prompts: readonly Prompt[], { ask, password }: { readonly ask: Runtime['ask'] | undefined; readonly password: string | undefined }): Promise<readonly string[]> {
  const texts: string[] = [];
  const before = head.filter((text) => text.trim() !== '').join('\n');
  for (const { prompt, echo } of prompts) {
    if (password !== undefined && echo !== true && /passwor[dt]|passphrase/i.test(prompt)) texts.push(password);
    else if (ask) texts.push(await ask({ text: before === '' || texts.length > 0 ? prompt : `${before}\n${prompt}`, secret: echo !== true }));
    else texts.push('');
  }
  return texts;
}

function refused(place: string, { tried, offered, cause }: { readonly tried: ReadonlyMap<string, string | undefined>; readonly offered: readonly string[]; readonly cause: unknown }): TowlineError {
  const list = [...tried].map(([label, why]) => (why === undefined ? label : `${label} (${why})`));
  const message = cause instanceof Error ? cause.message : '';
  const agentKeys = [...tried.keys()].filter((label) => label.startsWith('agent key')).length;
  const wants = offered.length === 0 ? '' : `; the server takes ${offered.join(', ')}`;
  const hint = /too many authentication failures/i.test(message) && agentKeys > 1
    ? "The agent holds more keys than the server lets try: name the right one with 'keyfile', or set IdentitiesOnly yes in ~/.ssh/config."
    : "Set 'keyfile', 'password' or 'user' for the remote, or add a key to an agent with ssh-add.";
  return new TowlineError('UNAUTHENTICATED', `${place} refused the login: tried ${list.length === 0 ? 'nothing, for there is no key, no agent and no password' : list.join(', ')}${wants}`, { cause, hint });
}

function toError(error: unknown): TowlineError {
  return error instanceof TowlineError ? error : new TowlineError('UNKNOWN', error instanceof Error ? error.message : String(error), { cause: error });
}
