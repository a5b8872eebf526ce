import type { TowlineError } from '../../errors.ts';
import { statusError } from '../../http/status-error.ts';
import type { HttpResponse } from '../../http/transport.ts';

const HINTS: Readonly<Record<number, string>> = {
  401: 'Check api.credentials and api.api_server of clearml.conf.',
  413: "The file is larger than the server takes ('fileserver.upload.max_upload_size_mb', or 'client_max_body_size' of a proxy before it): have the limit raised, or store it in a bucket.",
  415: 'The server takes no compressed uploads; a proxy on the way may have compressed it.',
};

/** What the file server means by its status. */
export async function fileserverError(response: HttpResponse, what: string, call: { readonly method: string; readonly now: number }): Promise<TowlineError> {
  const hint = HINTS[response.status];
  return await statusError(response, { ...call, what, ...(hint !== undefined && { hint }) });
}
