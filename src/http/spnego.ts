import { TowlineError } from '../errors.ts';
import { type ImportKerberos, loadKerberos, openContext, step } from './kerberos.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

/** Who is asked, and as whom. */
export interface NegotiateSettings {
  /** Only requests to this origin carry a proof. */
  readonly origin: string;
  /** `user@REALM`. Default: the ticket that `kinit` got last. */
  readonly principal?: string | undefined;
  /** A cookie by which the service knows us for a while after a proof, so that not every request needs one. */
  readonly sessionCookie?: string;
  readonly importKerberos?: ImportKerberos;
}

/** SPNEGO (RFC 4559): each request carries a proof of who we are, and the answer must prove that the service is the one that was meant. */
export function withNegotiate(transport: Transport, settings: NegotiateSettings): Transport {
  const { origin, sessionCookie } = settings;
  let session: string | undefined;
  let pioneer: Promise<HttpResponse> | undefined;
  const prove = async (request: HttpRequest): Promise<HttpResponse> => {
    const response = await negotiated(transport, request, settings);
    session = sessionOf(response, sessionCookie) ?? session;
    return response;
  };
  return {
    ...transport,
    async send(request) {
      if (request.url.origin !== origin) return await transport.send(request);
      // Many requests at once need one proof, not one each.
      if (session === undefined && pioneer !== undefined) await pioneer.catch(() => undefined);
      if (session !== undefined) {
        const sent = session;
        const response = await transport.send(withHeader(request, 'cookie', sent));
        if (response.status !== 401) return response;
        response.cancel();
        if (session === sent) session = undefined;
      }
      const proving = prove(request);
      pioneer ??= proving;
      try {
        return await proving;
      } finally {
        if (pioneer === proving) pioneer = undefined;
      }
    },
  };
}

async function negotiated(transport: Transport, request: HttpRequest, { principal, importKerberos }: NegotiateSettings): Promise<HttpResponse> {
  const service = `HTTP@${request.url.hostname.replaceAll(/[[\]]/g, '')}`;
  const client = await openContext(await loadKerberos(importKerberos), { service, principal, mechanism: 'spnego' });
  const response = await transport.send(withHeader(request, 'authorization', `Negotiate ${await step(client, '', service)}`));
  if (response.status >= 400) return response;
  try {
    const token = /(?:^|,)\s*negotiate\s+([A-Za-z0-9+/]+=*)/i.exec(response.header('www-authenticate') ?? '')?.[1];
    if (token !== undefined) await step(client, token, service);
    if (!client.contextComplete) {
      throw new TowlineError('UNAUTHENTICATED', `${service}: the service did not prove who it is`, { hint: 'Somebody may stand between you and it. Check the host of the URL.', context: { service } });
    }
    return response;
  } catch (error) {
    response.cancel();
    throw error;
  }
}

function sessionOf(response: HttpResponse, name: string | undefined): string | undefined {
  if (name === undefined || response.status >= 400) return undefined;
  const pair = (response.header('set-cookie') ?? '').split(/,\s*(?=[\w.-]+=)/).map((cookie) => cookie.split(';')[0]?.trim() ?? '').find((one) => one.startsWith(`${name}=`));
  return pair === undefined || /=(""|)$/.test(pair) ? undefined : pair;
}

function withHeader(request: HttpRequest, name: string, value: string): HttpRequest {
  return { ...request, headers: [...request.headers, [name, value]] };
}
