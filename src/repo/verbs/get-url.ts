import { resolve } from 'node:path';

import { hasCode, TowlineError } from '../../errors.ts';
import type { Config } from '../../remotes/config.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Lent } from '../repo.ts';
import { deliver } from '../sources/deliver.ts';
import { landingPath } from '../sources/landing.ts';
import { lookAt, openUrl } from '../sources/open-url.ts';
import { urlOffer } from '../sources/url-offer.ts';

/** What to download, and where to. */
export interface GetUrlRequest {
  readonly url: string;
  readonly out?: string;
  readonly cwd: string;
  readonly force?: boolean;
  readonly jobs?: number;
  readonly fsConfig?: Readonly<Record<string, string>>;
}
/** What was downloaded. `path` as it was asked for. */
export interface GetResult { readonly path: string; readonly files: number; readonly bytes: number }

/** Downloads a file or a folder from any storage; tracks nothing. `config` knows the remotes. */
export async function getUrl(lent: Lent, config: Config, request: GetUrlRequest & CallOptions): Promise<GetResult> {
  const { url, cwd, jobs, signal, fsConfig } = request;
  const path = landingPath({ ...request, from: url });
  const place = await openUrl(lent, config, { url, base: cwd, ...(fsConfig && { fsConfig }) });
  try {
    const found = await lookAt(place, signal && { signal }).catch((error: unknown) => {
      if (hasCode(error, 'NOT_FOUND') && error.context['reason'] === 'no-such-url') throw new TowlineError('NOT_FOUND', `The path '${place.shown}' does not exist`, { cause: error });
      throw error;
    });
    const offer = urlOffer(place, found);
    const { size } = await deliver(lent, offer, { to: resolve(cwd, path), ...(signal && { signal }), ...(jobs !== undefined && jobs > 0 && { jobs }) });
    return { path, files: offer.pieces.length, bytes: size };
  } finally {
    await place.storage.close();
  }
}
