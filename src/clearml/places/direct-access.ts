import type { Value } from '../hocon/syntax.ts';
import { isTree } from '../hocon/syntax.ts';

/** Objects that are given where they lie, and never copied into the cache. */
export interface DirectAccess {
  isDirect(url: string, contentType: string): boolean;
}

export function directAccess(rules: readonly Value[]): DirectAccess {
  const patterns = (key: string): readonly string[] => rules.flatMap((rule) => (isTree(rule) && typeof rule[key] === 'string' ? [rule[key]] : []));
  const [urls, types] = [patterns('url'), patterns('content_type').map(globPattern)];
  return {
    isDirect: (url, contentType) => urls.some((pattern) => matchesUrl(pattern, url)) || types.some((type) => type(contentType)),
  };
}

/** A pattern without '?' and with '*' at its end only is the beginning of URLs; others are Python's fnmatch, in which '*' crosses '/'. */
export function matchesUrl(pattern: string, url: string): boolean {
  const bare = pattern.endsWith('*') ? pattern.slice(0, -1) : pattern;
  if (!/[*?]/.test(bare)) return url.startsWith(bare);
  return globPattern(pattern)(url);
}

/** Python's fnmatch: '*' and '?' match every character, '[ab]' and '[!ab]' one of a set; nothing else is special. */
export function globPattern(pattern: string): (text: string) => boolean {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    const end = character === '[' ? pattern.indexOf(']', pattern[at + 1] === '!' ? at + 3 : at + 2) : -1;
    if (character === '*') source += source.endsWith('[^]*') ? '' : '[^]*';
    else if (character === '?') source += '[^]';
    else if (end > 0) {
      const set = pattern.slice(at + 1, end).replace(/[\\\]^&~|[]/g, '\\$&');
      source += `[${set.startsWith('!') ? `^${set.slice(1)}` : set}]`;
      at = end;
    } else source += character.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  }
  const expression = new RegExp(`^${source}$`);
  return (text) => expression.test(text);
}
