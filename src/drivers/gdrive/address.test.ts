import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TowlineError } from '../../errors.ts';
import { parseAddress } from './address.ts';

const rows: readonly (readonly [text: string, root: string, path: string])[] = [
  ['gdrive://root', 'root', ''],
  ['gdrive://root/', 'root', ''],
  ['gdrive://appDataFolder/dvc', 'appDataFolder', 'dvc'],
  ['gdrive://0AIac4JZqHhKmUk9PVA/My data//100% #1/', '0AIac4JZqHhKmUk9PVA', 'My data/100% #1'],
];

for (const [text, root, path] of rows) {
  test(`${text} is the folder '${path}' below ${root}`, () => {
    assert.deepEqual(parseAddress(text), { displayUrl: `gdrive://${root}${path === '' ? '' : `/${path}`}`, host: root, path });
  });
}

for (const text of ['gdrive://', 'gdrive:///folder', "gdrive://a'b/x", 'gdrive://root/../x', 'gdrive://root/a?b']) {
  test(`${text} is refused`, () => {
    assert.throws(() => parseAddress(text), (error) => error instanceof TowlineError && error.code === 'INVALID_CONFIG');
  });
}
