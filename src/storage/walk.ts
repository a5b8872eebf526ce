import { linkedController } from './call.ts';
import type { Entry, ListOptions, Page, With } from './driver.ts';
import type { Path } from './path.ts';

const FOLDERS_AT_ONCE = 16;

interface Request { readonly folder: Path; readonly cursor?: string; /** Names of the first folder only. */ readonly startsWith?: string }
interface Answer { readonly request: Request; readonly page: Page<Entry> }

/** All files below `folder`, page by page. Where the service lists one level at a time, several folders are asked at once. */
export async function* walk(driver: With<'list'>, folder: Path, options: Omit<ListOptions, 'cursor'> & { readonly jobs?: number }): AsyncGenerator<readonly Entry[]> {
  const jobs = options.jobs ?? Math.min(FOLDERS_AT_ONCE, driver.traits.concurrency);
  const { controller, unlink } = linkedController(options.signal);
  // Last in, first out: the folders waiting stay as few as the tree is deep and wide at one place, not as many as there are.
  const waiting: Request[] = [{ folder, ...(options.startsWith !== undefined && { startsWith: options.startsWith }) }];
  const running = new Map<Request, Promise<Answer>>();
  try {
    while (waiting.length > 0 || running.size > 0) {
      while (running.size < jobs) {
        const request = waiting.pop();
        if (request === undefined) break;
        running.set(request, ask(driver, request, { signal: controller.signal, ...(options.withMetadata === true && { withMetadata: true }) }));
      }
      const { request, page } = await Promise.race(running.values());
      running.delete(request);
      if (page.cursor !== undefined) waiting.push({ ...request, cursor: page.cursor });
      if (driver.traits.listing === 'directory') for (const entry of page.entries) if (entry.kind === 'directory') waiting.push({ folder: entry.path });
      yield page.entries.filter((entry) => entry.kind === 'file');
    }
  } finally {
    controller.abort();
    await Promise.allSettled(running.values());
    unlink();
  }
}

async function ask(driver: With<'list'>, request: Request, options: ListOptions): Promise<Answer> {
  const { folder, ...where } = request;
  return { request, page: await driver.list(folder, { ...where, ...options }) };
}
