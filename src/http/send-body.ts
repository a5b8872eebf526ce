import { TowlineError } from '../errors.ts';
import type { Connection } from './connection.ts';
import type { HttpBody } from './transport.ts';

/** One write: larger ones make a TLS connection hold all of its cipher text in memory. */
const MAX_WRITE = 256 * 1024;

/** Sends a body piece by piece, by its length or in chunks; stops without a word when the answer comes before its end, or the connection is gone. */
export async function sendBody(connection: Connection, body: HttpBody, hasAnswer: () => boolean): Promise<void> {
  const isOver = (): boolean => hasAnswer() || connection.isGone;
  let sent = 0;
  for await (const chunk of body.bytes ? [body.bytes] : body.open()) {
    for (let at = 0; at < chunk.byteLength; at += MAX_WRITE) {
      if (isOver()) return;
      const piece = chunk.subarray(at, at + MAX_WRITE);
      sent += piece.byteLength;
      if (body.size !== undefined && sent > body.size) throw wrongSize(body.size, sent);
      await connection.writePiece(piece, body.size === undefined ? { before: `${piece.byteLength.toString(16)}\r\n`, after: '\r\n' } : undefined);
    }
  }
  if (isOver()) return;
  if (body.size === undefined) connection.write('0\r\n\r\n');
  else if (sent !== body.size) throw wrongSize(body.size, sent);
  connection.isSending = false;
  connection.awaits = 'server';
  connection.quietSeconds = 0;
}

/** The source gave another number of bytes than it promised. */
export function wrongSize(promised: number, given: number): TowlineError {
  return new TowlineError('CORRUPT', `the source promised ${promised} bytes and gave ${given > promised ? 'more' : given}`, {
    hint: 'The file changed while it was being sent: let whatever writes it finish, then try again.',
  });
}
