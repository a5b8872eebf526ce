/** An answer that breaks the rules, and so cannot be trusted to end where it seems to; `code` has its words in connection-error.ts. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly code: 'TOWLINE_NOT_HTTP' | 'TOWLINE_BAD_ANSWER' | 'TOWLINE_HEAD_TOO_LARGE' | 'TOWLINE_CUT_OFF';

  constructor(code: AnswerError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Where the body of an answer ends: after so many bytes (0: there is none), after its last chunk, or with the connection. */
export type Framing = number | 'chunked' | 'until-close';

const START = /^HTTP\/1\.[01] [1-9]\d\d(?: |$|\r)/;
/**
 * The whole grammar in one pass of native code, 1 us for ten headers. It has no room for what is read in two ways by two programs:
 * a folded line, a bare CR or LF, a NUL, a blank before the colon, a name that is no token (RFC 9112 sections 2.2, 5.1, 5.2).
 */
const HEAD = /^HTTP\/1\.[01] [1-9]\d\d(?: [^\r\n\0]*)?(?:\r\n[!#$%&'*+\-.^_`|~\w]+:[^\r\n\0]*)*$/;

/** The status line and headers of an answer; values are looked for when somebody asks. */
export class AnswerHead {
  readonly status: number;
  readonly #text: string;
  /** As long as the text, because Latin-1 letters keep their width. */
  readonly #lower: string;

  /** `text` is Latin-1, without the empty line at its end. */
  constructor(text: string) {
    if (!HEAD.test(text)) throw START.test(text) ? new AnswerError('TOWLINE_BAD_ANSWER', 'a line that is no header') : new AnswerError('TOWLINE_NOT_HTTP', 'no status line');
    this.#text = text;
    this.#lower = text.toLowerCase();
    this.status = Number(text.slice(9, 12));
  }

  /** The value of a header, its name in lower case; several of one name are joined by ', '. */
  header(name: string): string | undefined {
    const mark = `\r\n${name}:`;
    let found: string | undefined;
    for (let at = this.#lower.indexOf(mark); at !== -1; at = this.#lower.indexOf(mark, at + mark.length)) {
      const end = this.#lower.indexOf('\r\n', at + mark.length);
      const value = trimmed(this.#text.slice(at + mark.length, end === -1 ? undefined : end));
      found = found === undefined ? value : `${found}, ${value}`;
    }
    return found;
  }

  *headers(): Generator<readonly [name: string, value: string]> {
    for (const line of this.#text.split('\r\n').slice(1)) {
      const colon = line.indexOf(':');
      yield [line.slice(0, colon), trimmed(line.slice(colon + 1))];
    }
  }

  /** Whether another request may follow on the connection. */
  keepsAlive(): boolean {
    const words = this.header('connection')?.toLowerCase().split(/[\s,]+/) ?? [];
    return this.#text.startsWith('HTTP/1.1') ? !words.includes('close') : words.includes('keep-alive');
  }

  /** Seconds without a request after which the server closes the connection, where it tells. */
  keepAliveSeconds(): number | undefined {
    const said = this.header('keep-alive');
    const [, seconds] = (said === undefined ? undefined : /(?:^|[\s,;])timeout=(\d{1,9})/i.exec(said)) ?? [];
    return seconds === undefined ? undefined : Number(seconds);
  }

  /** How the body is delimited. Two opinions about it are an attack or a fault, never a choice (RFC 9112 section 6.3). */
  framing(method: string): Framing {
    if (method === 'HEAD' || this.status === 204 || this.status === 304) return 0;
    const length = this.header('content-length');
    const coding = this.header('transfer-encoding');
    if (coding !== undefined) {
      if (length !== undefined) throw new AnswerError('TOWLINE_BAD_ANSWER', 'both a length and chunks');
      if (coding.toLowerCase() !== 'chunked' || !this.#text.startsWith('HTTP/1.1')) throw new AnswerError('TOWLINE_BAD_ANSWER', `the transfer coding '${coding}'`);
      return 'chunked';
    }
    if (length === undefined) return 'until-close';
    if (!/^\d{1,15}$/.test(length)) throw new AnswerError('TOWLINE_BAD_ANSWER', `the length '${length}'`);
    return Number(length);
  }
}

/** Only blanks and tabs stand around a value; `trim` would take more. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

const isBlank = (code: number): boolean => code === 32 || code === 9;
