import { encodeComponent, encodeKey } from '../../http/percent-encoding.ts';

export { encodeComponent, encodeKey };

/** A query in the one spelling signatures know: encoded, sorted, '=' also after a name without value. */
export function encodeQuery(parameters: Readonly<Record<string, string | number | undefined>>): string {
  return Object.keys(parameters).sort()
    .flatMap((name) => (parameters[name] === undefined ? [] : [`${encodeComponent(name)}=${encodeComponent(String(parameters[name]))}`]))
    .join('&');
}
