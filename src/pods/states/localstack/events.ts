import { TowlineError } from '../../../errors.ts';
import { parseLines } from './ndjson.ts';

export interface ServiceEvent { readonly service: string; readonly status: 'ok' | 'error'; readonly message?: string }

/** Reads the events of a load or a reset to their end; throws when one of them is an error, after all were told. */
export async function readEvents(chunks: AsyncIterable<Uint8Array>, what: string, onService: ((event: ServiceEvent) => void) | undefined): Promise<readonly ServiceEvent[]> {
  const events: ServiceEvent[] = [];
  let failure: string | undefined;
  for await (const line of parseLines(chunks)) {
    const { event, service, status, message } = fieldsOf(line);
    if (typeof service === 'string' && typeof status === 'string') {
      const told: ServiceEvent = { service, status: status === 'ok' ? 'ok' : 'error', ...(typeof message === 'string' && { message }) };
      events.push(told);
      onService?.(told);
    } else if (event !== 'log' && status !== undefined && status !== 'ok') failure = typeof message === 'string' ? message : 'no reason was given';
  }
  const failed = events.filter(({ status }) => status === 'error');
  if (failed.length === 0 && failure === undefined) return events;
  const reasons = failed.map(({ service, message }) => `${service}${message === undefined ? '' : `: ${message}`}`);
  throw new TowlineError('UNKNOWN', `${what} failed in LocalStack: ${[...reasons, ...(failure === undefined ? [] : [failure])].join('; ')}`, {
    hint: failed.length < events.length ? 'The other services are done. Its log says more.' : 'The log of LocalStack says more.',
    context: { failed: failed.length, done: events.length - failed.length },
  });
}

function fieldsOf(line: unknown): Readonly<Record<string, unknown>> {
  if (typeof line === 'object' && line !== null && !Array.isArray(line)) return line as Readonly<Record<string, unknown>>;
  throw new TowlineError('CORRUPT', 'LocalStack answered with a line that is no event');
}
