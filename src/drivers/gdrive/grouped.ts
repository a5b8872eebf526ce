import { hasCode } from '../../errors.ts';

/** How questions that come together are asked together. */
export interface Grouping<Q, A> {
  /** Groups under way at once; a question that finds fewer under way goes alone and at once. */
  readonly atOnce: number;
  /** Whether `next` may join `group`. */
  fits(group: readonly Q[], next: Q): boolean;
  /** The answers in the order of the questions; undefined where they must be asked in smaller groups. */
  ask(group: readonly Q[]): Promise<readonly A[] | undefined>;
}

interface Waiting<Q, A> {
  readonly question: Q;
  resolve(answer: A): void;
  reject(error: unknown): void;
}

/** While some questions are under way those that come meanwhile are gathered and asked as one: Drive counts requests, not files. */
export function grouped<Q, A>({ atOnce, fits, ask }: Grouping<Q, A>): (question: Q) => Promise<A> {
  const queue: Waiting<Q, A>[] = [];
  let underWay = 0;
  const pump = (): void => {
    while (underWay < atOnce && queue.length > 0) {
      underWay++;
      void settle(take()).finally(() => {
        underWay--;
        pump();
      });
    }
  };
  const take = (): readonly Waiting<Q, A>[] => {
    const questions: Q[] = [];
    for (const { question } of queue) {
      if (questions.length > 0 && !fits(questions, question)) break;
      questions.push(question);
    }
    return queue.splice(0, questions.length);
  };
  const settle = async (group: readonly Waiting<Q, A>[]): Promise<void> => {
    try {
      const answers = await ask(group.map(({ question }) => question));
      if (answers === undefined) await inHalves(group);
      else for (const [at, one] of group.entries()) one.resolve(answers[at] as A);
    } catch (error) {
      // One folder that is gone, or too long a question, is no fault of the others.
      if (group.length > 1 && (hasCode(error, 'NOT_FOUND') || hasCode(error, 'INVALID_ARGUMENT'))) await inHalves(group);
      else for (const one of group) one.reject(error);
    }
  };
  const inHalves = async (group: readonly Waiting<Q, A>[]): Promise<void> => {
    const middle = Math.ceil(group.length / 2);
    await Promise.all([settle(group.slice(0, middle)), settle(group.slice(middle))]);
  };
  return (question) => new Promise<A>((resolve, reject) => {
    queue.push({ question, resolve, reject });
    pump();
  });
}
