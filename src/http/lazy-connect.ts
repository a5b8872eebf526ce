import type { Runtime } from '../runtime.ts';
import type { ReadFile } from './tls-files.ts';
import type { Connect, Transport } from './transport.ts';

/** Like `createConnect`, but loads the transport when the first request is sent: a command that stays on this machine never pays for it (some 40 ms). */
export function createLazyConnect(runtime: Pick<Runtime, 'env' | 'warn' | 'now' | 'pause'>, lent: { readonly readFile: ReadFile }): Connect {
  let loading: Promise<Connect> | undefined;
  const load = (): Promise<Connect> => (loading ??= import('./connect.ts').then(({ createConnect }) => createConnect(runtime, lent)));
  return (settings) => {
    let opened: Promise<Transport> | undefined;
    let ready: Transport | undefined;
    const open = (): Promise<Transport> => (opened ??= load().then((connect) => (ready = connect(settings))));
    return {
      // Without a promise of its own as soon as there is a transport.
      send: (request) => (ready ? ready.send(request) : open().then((transport) => transport.send(request))),
      sendSmall: (requests) => ready?.sendSmall?.(requests),
      async close() {
        const transport = await opened;
        await transport?.close?.();
      },
    };
  };
}
