import type { Context } from './command.ts';

/** Asks until the answer is yes or no; where nobody can answer it is no. */
export async function confirmed({ ask }: Context, question: string): Promise<boolean> {
  if (!ask) return false;
  for (;;) {
    const answer = (await ask({ text: question, secret: false })).trim().toLowerCase();
    if (['y', 'yes'].includes(answer)) return true;
    if (['n', 'no', ''].includes(answer)) return false;
  }
}
