/** What goes wrong on the way of one request and its answer. Offsets count the bytes of the answer, its head included, unless they say otherwise. */
export type HttpFault =
  | { readonly kind: 'reset-request'; /** Bytes of the body that still arrive. */ readonly after: number }
  | { readonly kind: 'reset-answer'; readonly after: number }
  /** The connection ends as if all had been said. */
  | { readonly kind: 'end-answer'; readonly after: number }
  | { readonly kind: 'flip'; /** Offset in the body. */ readonly at: number }
  | { readonly kind: 'stall'; readonly after: number }
  /** Byte by byte, so many. */
  | { readonly kind: 'drip'; readonly bytes: number }
  /** Nobody asked the server: the proxy answers. */
  | { readonly kind: 'answer'; readonly text: string; /** Repeated until the client has had enough, or this much was sent. */ readonly repeat?: string; readonly most?: number }
  /** The answer says another length than it has. */
  | { readonly kind: 'length'; readonly add: number };

/** What goes wrong on a connection that is no HTTP, at a byte of one direction. */
export interface RawFault {
  readonly kind: 'reset' | 'end' | 'flip' | 'stall';
  readonly from: 'client' | 'server';
  readonly at: number;
}
