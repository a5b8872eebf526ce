import type { HttpBody } from '../../http/transport.ts';

/** A body of text that we made ourselves. */
export const bytesBody = (bytes: Uint8Array): HttpBody => ({ size: bytes.byteLength, bytes, open: async function* () { yield bytes; } });
