import { posix } from 'node:path';
import type { LocalFiles } from './local-files.ts';
import { type Block, parseSshConfig } from './ssh-config-blocks.ts';

/** The user's SSH configuration and the machine's, in this order, with what they include. */
export function readSshConfig(files: LocalFiles, home: string): readonly (readonly Block[])[] {
  const places = [[`${home}/.ssh`, 'config'], ['/etc/ssh', 'ssh_config']] as const;
  return places.map(([folder, name]) => {
    const include = (pattern: string, parse: (text: string) => readonly Block[]): readonly (readonly Block[])[] => {
      const path = pattern.startsWith('~/') ? posix.join(home, pattern.slice(2)) : posix.resolve(folder, pattern);
      return files.glob(path).map((file) => parse(files.readText(file) ?? ''));
    };
    return parseSshConfig(files.readText(`${folder}/${name}`) ?? '', include);
  });
}
