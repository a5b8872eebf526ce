import { encodeComponent } from '../../http/percent-encoding.ts';

/** `?a=1&b=2` of what is defined, sorted; '' of nothing. */
export function encodeQuery(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const parts = Object.keys(parameters).sort().flatMap((name) => (parameters[name] === undefined ? [] : [`${name}=${encodeComponent(String(parameters[name]))}`]));
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
