import type { Clock } from '../runtime.ts';
import type { Opening } from '../storage/definition.ts';

/** What a remote is opened with, and the clock of the layers around it. */
export interface Patient { readonly opening: Opening; readonly clock: Clock }

/** While a person is asked, the clock of the layers stands still: one who looks for a password, or logs in with a browser, is no silence of the service. */
export function patient(opening: Opening): Patient {
  const { ask, now, wait, randomBytes } = opening;
  if (ask === undefined) return { opening, clock: opening };
  let questions = 0;
  let since = 0;
  let stood = 0;
  return {
    opening: {
      ...opening,
      async ask(question) {
        if (questions++ === 0) since = now();
        try {
          return await ask(question);
        } finally {
          if (--questions === 0) stood += now() - since;
        }
      },
    },
    clock: { now: () => (questions > 0 ? since : now()) - stood, wait, randomBytes },
  };
}
