import { userInfo } from 'node:os';
import type { Runtime } from '../../runtime.ts';
import type { Authentication } from './rpc-connection.ts';

/** Who asks, where the cluster believes it: the remote's setting, the URL, HADOOP_USER_NAME, then the user of this machine. */
export function userName(settings: readonly (string | undefined)[], env: Runtime['env']): string {
  return [...settings, env['HADOOP_USER_NAME'], env['USER'], env['LOGNAME'], env['USERNAME']].find((name) => name !== undefined && name !== '') ?? userInfo().username;
}

/** A cluster without Kerberos believes the name it is told. */
export const simple = (user: string): Authentication => ({ protocol: 0, run: async () => await Promise.resolve(user) });
