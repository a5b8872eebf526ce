import type { ConnectionSettings, HttpBody, HttpRequest, HttpResponse, Transport } from '../../src/http/transport.ts';
import type { Wire, WireServer } from './wire.ts';

/** What a case is given to act with. */
export interface Scene {
  readonly transport: Transport;
  readonly server: WireServer;
  /** Sends to the case's server. */
  send(method: string, path?: string, more?: Partial<HttpRequest>): Promise<HttpResponse>;
}
/** One promise of a transport: a server that behaves in a certain way, and what must come of it. */
export interface TransportCase {
  readonly name: string;
  readonly settings?: ConnectionSettings;
  serve(wire: Wire): Promise<void>;
  run(scene: Scene): Promise<void>;
}

/** The whole body as text. */
export async function textOf(response: HttpResponse): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('latin1');
}

/** A body in memory. */
export function bodyOf(text: string | Uint8Array): HttpBody {
  const bytes = Buffer.from(text);
  return { size: bytes.byteLength, bytes, async *open() { yield bytes; } };
}

/** A body that is asked for chunk by chunk; the one buffer is reused, as a source may do. Counts how often it was opened. */
export function streamOf(parts: readonly string[], { size }: { readonly size?: number | undefined } = {}): HttpBody & { readonly opened: () => number } {
  let opened = 0;
  return {
    size,
    opened: () => opened,
    async *open() {
      opened += 1;
      const buffer = Buffer.alloc(Math.max(0, ...parts.map((part) => part.length)));
      for (const part of parts) {
        buffer.write(part, 'latin1');
        yield buffer.subarray(0, part.length);
        buffer.fill(0x21);
      }
    },
  };
}
