import { TowlineError } from '../errors.ts';
import type { ShareOut } from '../repo/verbs/push.ts';
import type { SharingOut } from '../workers/shared-out.ts';
import type { Context } from './command.ts';

/** What `--workers` says, as a part of a request. Nothing is connected before there is something to send. */
export async function shareOutOf({ workers: text, shard }: { readonly workers: string | undefined; readonly shard: string | undefined }, context: Context): Promise<{ readonly sharedOut?: ShareOut }> {
  if (text === undefined) return {};
  if (shard !== undefined) throw new TowlineError('INVALID_ARGUMENT', 'argument --workers: not allowed with argument --shard', { context: { usage: true } });
  const [{ parseQueueAddress }, { createSharedOut }] = await Promise.all([import('../workers/queue-address.ts'), import('../workers/shared-out.ts')]);
  const address = parseQueueAddress(text, context);
  const openDesk: SharingOut['openDesk'] = async (name, call) => {
    const [{ loadQueueServer }, { openJobDesk }] = await Promise.all([import('../workers/queue-server.ts'), import('../workers/job-desk.ts')]);
    return await openJobDesk(await loadQueueServer(address), name, { ...context, ...call });
  };
  return { sharedOut: (target) => createSharedOut(target, { openDesk, warn: context.warn }) };
}
