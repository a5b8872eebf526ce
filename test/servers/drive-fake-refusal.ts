/** A refusal of the fake, in the form both versions of the API give it. */
export class Refused extends Error {
  readonly status: number;
  readonly reason: string;
  readonly location: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  // oxlint-disable-next-line max-params -- a refusal is read as one line: status, reason, words
  constructor(status: number, reason: string, message: string, { location, headers = {} }: { readonly location?: string; readonly headers?: Readonly<Record<string, string>> } = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.location = location;
    this.headers = headers;
  }

  body(): string {
    const one = { message: this.message, domain: this.status === 403 ? 'usageLimits' : 'global', reason: this.reason, ...(this.location !== undefined && { locationType: 'parameter', location: this.location }) };
    return JSON.stringify({ error: { code: this.status, message: this.message, errors: [one] } });
  }
}

export const notFound = (id: string): Refused => new Refused(404, 'notFound', `File not found: ${id}.`, { location: 'fileId' });
