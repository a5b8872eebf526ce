import { shownUrl } from '../../remotes/shown-url.ts';
import { type Located, whereis as findPlaces, type Whereabouts } from '../../repo/verbs/whereis.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';

export const whereis = defineCommand({
  positionals: ['targets...'],
  flags: {},
  examples: ['tow whereis data/train', 'tow whereis model.dvc --json'],
  run: async ({ flags, positionals }, context) => withRepository(context, { ...flags, isShared: true, onlyLooks: true }, (repo) => findPlaces(repo, { targets: positionals, cwd: context.cwd }, context)),
  *text(located) {
    for (const one of located) {
      yield one.objects === undefined ? `${one.path}: its listing is nowhere` : `${one.path}: ${one.objects} object${one.objects === 1 ? '' : 's'}`;
      const width = Math.max(...one.places.map(({ place }) => place.length));
      for (const place of one.places) yield `  ${place.place.padEnd(width)}  ${said(one, place)}${place.url === undefined ? '' : `  ${shownUrl(place.url)}`}`;
    }
  },
  json: (located) => located.map(({ places, ...one }) => ({ ...one, places: places.map(({ url, ...place }) => ({ ...place, ...(url !== undefined && { url: shownUrl(url) }) })) })),
});

function said({ objects }: Located, { present, error }: Whereabouts): string {
  if (error !== undefined) return `not asked: ${error}`;
  return present === 0 ? 'none' : present === objects ? 'all' : `${present} of ${objects ?? '?'}`;
}
