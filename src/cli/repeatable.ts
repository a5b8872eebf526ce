/** What people and scripts run again and again, most of the time to hear that there is nothing to do: what it said then is remembered (docs/decisions/looks.md). */
export const isRepeatable = (words: readonly string[]): boolean => REPEATABLE.test(words.join(' '));

const REPEATABLE = /^(?:(?:status|status -c|status --cloud|push|pull|fetch)(?: (?:-r|--remote) \w[\w.-]*)?|checkout)$/;
