import { hasCode } from '../../errors.ts';
import { abortable, onAbort } from '../../storage/call.ts';

/** How questions that come together are asked together. */
export interface Grouping<Q, A> {
  /** Groups under way at once; a question that finds fewer under way goes alone and at once. */
  readonly atOnce: number;
  /** Whether `next` may join `group`. */
  fits(group: readonly Q[], next: Q): boolean;
  /** The answers in the order of the questions; undefined where they must be asked in smaller groups. */
  ask(group: readonly Q[], signal: AbortSignal): Promise<readonly A[] | undefined>;
}

interface Waiting<Q, A> {
  readonly question: Q;
  resolve(answer: A): void;
  reject(error: unknown): void;
  /** Its group, once it is under way. */
  group?: Group;
}
/** Given up when nobody waits for it any more. */
interface Group { readonly controller: AbortController; left: number }

/** While some questions are under way those that come meanwhile are gathered and asked as one: Drive counts requests, not files. */
export function grouped<Q, A>(grouping: Grouping<Q, A>): (question: Q, signal?: AbortSignal) => Promise<A> {
  const queue: Waiting<Q, A>[] = [];
  let underWay = 0;
  const pump = (): void => {
    while (underWay < grouping.atOnce && queue.length > 0) {
      underWay++;
      const all = take(queue, grouping);
      const group = { controller: new AbortController(), left: all.length };
      for (const one of all) one.group = group;
      void settle(grouping, all, group.controller.signal).finally(() => {
        underWay--;
        pump();
      });
    }
  };
  const leave = (one: Waiting<Q, A>): void => {
    if (one.group === undefined) queue.splice(queue.indexOf(one), 1);
    else if (--one.group.left === 0) one.group.controller.abort();
  };
  return async (question, signal) => {
    let unlink: () => void = () => undefined;
    const answer = new Promise<A>((resolve, reject) => {
      const one: Waiting<Q, A> = { question, resolve, reject };
      queue.push(one);
      if (signal) unlink = onAbort(signal, () => { leave(one); });
      pump();
    });
    try {
      return await abortable(answer, signal);
    } finally {
      unlink();
    }
  };
}

/** The next group, out of the queue. */
function take<Q, A>(queue: Waiting<Q, A>[], { fits }: Grouping<Q, A>): readonly Waiting<Q, A>[] {
  const questions: Q[] = [];
  for (const { question } of queue) {
    if (questions.length > 0 && !fits(questions, question)) break;
    questions.push(question);
  }
  return queue.splice(0, questions.length);
}

async function settle<Q, A>(grouping: Grouping<Q, A>, group: readonly Waiting<Q, A>[], signal: AbortSignal): Promise<void> {
  try {
    const answers = await grouping.ask(group.map(({ question }) => question), signal);
    if (answers === undefined) await inHalves(grouping, group, signal);
    else for (const [at, one] of group.entries()) one.resolve(answers[at] as A);
  } catch (error) {
    // One folder that is gone, or too long a question, is no fault of the others.
    if (group.length > 1 && (hasCode(error, 'NOT_FOUND') || hasCode(error, 'INVALID_ARGUMENT'))) await inHalves(grouping, group, signal);
    else for (const one of group) one.reject(error);
  }
}

async function inHalves<Q, A>(grouping: Grouping<Q, A>, group: readonly Waiting<Q, A>[], signal: AbortSignal): Promise<void> {
  const middle = Math.ceil(group.length / 2);
  await Promise.all([settle(grouping, group.slice(0, middle), signal), settle(grouping, group.slice(middle), signal)]);
}
