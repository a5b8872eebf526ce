import { type ErrorCode, type ErrorDetails, TowlineError } from '../errors.ts';

/** Said by the transport itself when nothing moved for too long. */
export class IdleError extends Error {
  override readonly name = 'IdleError';
  readonly code = 'TOWLINE_IDLE';
}

interface Meaning extends Pick<ErrorDetails, 'hint' | 'retryable'> {
  readonly code?: ErrorCode;
  readonly words: string;
}
const ASK_AGAIN: Meaning = { words: 'the connection was lost', retryable: true };
const SLOW: Meaning = { code: 'TIMEOUT', words: 'nothing was sent or received for too long', retryable: true, hint: 'Raise the read timeout of the remote if the server is just slow.' };
const SELF_SIGNED: Meaning = {
  words: 'the server has a self-signed certificate, or one of an authority that is not known here', retryable: false,
  hint: "If you trust it, set 'ssl_verify' of the remote to the file with the authority's certificate (or SSL_CERT_FILE to a file with all of them).",
};
const NOT_HTTP: Meaning = { words: 'the answer is not HTTP', retryable: false, hint: "Check the scheme and port of the URL: is it 'https'?" };
const certificate = (words: string, hint: string): Meaning => ({ words, hint, retryable: false });

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: { words: 'connection refused', retryable: true, hint: 'Check host and port of the URL, and that the server runs.' },
  ENOTFOUND: { words: 'there is no host of this name', retryable: false, hint: 'Check the spelling of the host in the URL, and that this machine is online.' },
  EAI_AGAIN: { words: 'the name of the host could not be looked up', retryable: true, hint: 'Check that this machine is online.' },
  ETIMEDOUT: { code: 'TIMEOUT', words: 'nobody answered', retryable: true, hint: 'Check host and port of the URL, and the firewall or proxy between.' },
  EHOSTUNREACH: { words: 'the host cannot be reached', retryable: true },
  ENETUNREACH: { words: 'the network cannot be reached', retryable: true, hint: 'Check that this machine is online.' },
  EMFILE: { words: 'this process has too many open files', retryable: true, hint: "Use fewer 'jobs', or raise 'ulimit -n'." },
  ENFILE: { words: 'this machine has too many open files', retryable: true, hint: "Use fewer 'jobs', or close what has many files open." },
  ECONNRESET: ASK_AGAIN,
  EPIPE: ASK_AGAIN,
  ECONNABORTED: ASK_AGAIN,
  UND_ERR_SOCKET: ASK_AGAIN,
  UND_ERR_INFO: ASK_AGAIN,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { words: 'the answer was cut off', retryable: true },
  HPE_INVALID_EOF_STATE: { words: 'the answer was cut off', retryable: true },
  TOWLINE_CUT_OFF: { words: 'the answer was cut off', retryable: true },
  TOWLINE_NOT_HTTP: NOT_HTTP,
  TOWLINE_HEAD_TOO_LARGE: { words: 'the headers of the answer are larger than 64 KiB', retryable: false },
  TOWLINE_IDLE: SLOW,
  UND_ERR_HEADERS_TIMEOUT: SLOW,
  UND_ERR_BODY_TIMEOUT: SLOW,
  UND_ERR_HEADERS_OVERFLOW: { words: 'the headers of the answer are larger than 64 KiB', retryable: false },
  HPE_HEADER_OVERFLOW: { words: 'the headers of the answer are larger than 64 KiB', retryable: false },
  UND_ERR_INVALID_ARG: { code: 'INVALID_ARGUMENT', words: 'the request cannot be sent', retryable: false },
  ERR_INVALID_CHAR: { code: 'INVALID_ARGUMENT', words: 'the request cannot be sent', retryable: false },
  ERR_INVALID_HTTP_TOKEN: { code: 'INVALID_ARGUMENT', words: 'the request cannot be sent', retryable: false },
  ERR_UNESCAPED_CHARACTERS: { code: 'INVALID_ARGUMENT', words: 'the request cannot be sent', retryable: false },
  HPE_INVALID_CONSTANT: NOT_HTTP,
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: SELF_SIGNED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: SELF_SIGNED,
  UNABLE_TO_GET_ISSUER_CERT: SELF_SIGNED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: SELF_SIGNED,
  CERT_UNTRUSTED: SELF_SIGNED,
  CERT_HAS_EXPIRED: certificate("the server's certificate has expired", 'Have it renewed, and check the clock of this machine.'),
  CERT_NOT_YET_VALID: certificate("the server's certificate is not valid yet", 'Check the clock of this machine.'),
  CERT_REVOKED: certificate("the server's certificate was revoked", 'Do not send anything there; ask who runs it.'),
  ERR_TLS_CERT_ALTNAME_INVALID: certificate("the server's certificate is for another host", 'Use the host name the certificate is for in the URL.'),
  EPROTO: certificate('no TLS connection could be made', "Check the scheme and port of the URL: is it 'http'?"),
  ERR_SSL_WRONG_VERSION_NUMBER: certificate('the server does not speak TLS on this port', "Check the scheme and port of the URL: is it 'http'?"),
  ERR_SSL_PACKET_LENGTH_TOO_LONG: certificate('the server does not speak TLS on this port', "Check the scheme and port of the URL: is it 'http'?"),
};

/** What a failed exchange means, in this package's words. Errors that are ours already pass as they are. `where` is shown: an origin, no secret. */
export function connectionError(error: unknown, where: string): TowlineError {
  if (error instanceof TowlineError) return error;
  const code = codeOf(error);
  const { code: ours = 'UNAVAILABLE', words, hint, retryable } = MEANINGS[code] ?? otherMeaning(error, code);
  const said = error instanceof Error && ours === 'INVALID_ARGUMENT' ? ` (${error.message})` : '';
  return new TowlineError(ours, `${where}: ${words}${said}`, {
    cause: error, retryable: retryable ?? false, ...(hint !== undefined && { hint }), context: { where, ...(code !== '' && { reason: code }) },
  });
}

/** The system's or library's code of an error, '' where it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

function otherMeaning(error: unknown, code: string): Meaning {
  const text = error instanceof Error ? error.message : String(error);
  if (/^ERR_SSL_.*(CERTIFICATE|HANDSHAKE_FAILURE)/.test(code)) {
    return certificate(`the server refused our side of the TLS connection (${code})`, 'It may want a client certificate: set its file and key file in the remote.');
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return certificate(`no TLS connection could be made (${code})`, "Check the scheme and port of the URL, and 'ssl_verify'.");
  // The parser in undici 7.30.2 gives no codes, only words.
  if (text.includes('(Expected HTTP/')) return NOT_HTTP;
  if (code === 'TOWLINE_BAD_ANSWER') return { words: `the answer breaks the rules of HTTP/1.1 (${text})`, retryable: true };
  if (code.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError')) return { words: `the answer breaks the rules of HTTP/1.1 (${code === '' ? text : code})`, retryable: true };
  return { words: code === '' ? text : `${text} (${code})`, retryable: true };
}

/** Whether the process or the machine may have no more files open, of which a connection is one (EMFILE, ENFILE). */
export function isOutOfFiles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}
