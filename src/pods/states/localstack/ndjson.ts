import { TowlineError } from '../../../errors.ts';

/** A service's state in words; longer lines are no events. */
const LONGEST = 64 << 20;

/** The values of newline-separated JSON as they come. A line may be of any length up to the limit: LocalStack writes some beyond 64 KB. */
export async function* parseLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let rest = Buffer.from(chunk);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield* parsed([...held, rest.subarray(0, end)]);
      [held, size] = [[], 0];
      rest = rest.subarray(end + 1);
    }
    size += rest.length;
    if (size > LONGEST) throw new TowlineError('CORRUPT', `LocalStack answered with a line of more than ${LONGEST} bytes`);
    if (rest.length > 0) held.push(rest);
  }
  yield* parsed(held);
}

function* parsed(pieces: readonly Buffer[]): Generator<unknown> {
  const text = Buffer.concat(pieces).toString().trim();
  if (text === '') return;
  try {
    yield JSON.parse(text);
  } catch (cause) {
    throw new TowlineError('CORRUPT', `LocalStack answered with a line that is no JSON: ${text.slice(0, 100).replace(/[\u0000-\u001f\u007f]/g, ' ')}`, { cause });
  }
}
