/** The package has no types of its own. It is only looked for here: BullMQ uses it. */
declare module 'pg' {
  export const Pool: unknown;
}
