import { basename, dirname } from 'node:path/posix';

import type { Output, Stage } from './stage.ts';

/** An output as `add` makes it, of what lies at `path`. */
export function newOutput(path: string, content: Pick<Output, 'meta'> & Partial<Pick<Output, 'hash'>>): Output {
  return { path, place: 'repository', written: basename(path), hashName: 'md5', kind: 'data', cache: true, push: true, persist: false, annotations: {}, ...content };
}

/** The stage of a fresh `.dvc` file beside its only output. */
export function newStage(output: Output): Stage {
  const folder = dirname(output.path);
  return { file: `${output.path}.dvc`, workingFolder: folder === '.' ? '' : folder, frozen: false, alwaysChanged: false, outputs: [output], dependencies: [] };
}
