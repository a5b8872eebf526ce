import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createFinding } from './finding.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { createOidSetBuilder } from './oid-set.ts';

const hashOf = (text: string): string => createHash('md5').update(text).digest('hex');
/** A number below `most`, the same in every run. */
const chance = (seed: string, most: number): number => Number.parseInt(hashOf(seed).slice(0, 8), 16) % most;

/** Gives the paths to a page, each in memory that is written over for the next. */
function read(name: HashName, { wanted, listed }: { readonly wanted: readonly Oid[]; readonly listed: readonly string[] }): { readonly found: readonly Oid[]; readonly last: Oid | undefined } {
  const builder = createOidSetBuilder();
  for (const oid of wanted) builder.add(oid, 5);
  const finding = createFinding(name, builder.build());
  const page = finding.page();
  const bytes = Buffer.alloc(200);
  for (const path of listed) {
    const end = 3 + bytes.write(path, 3, 'latin1');
    page.takeName({ bytes, start: 3, end, size: 5 });
  }
  page.accept();
  return { found: [...finding.found.build().oids()], last: page.last() };
}

test('whatever is wanted, listed and in whatever order, a page finds what a look at each path finds, and knows its last object only where all came in order', () => {
  for (let round = 0; round < 400; round += 1) {
    const name: HashName = chance(`name ${round}`, 4) === 0 ? 'md5-dos2unix' : 'md5';
    const all = Array.from({ length: chance(`count ${round}`, 12) }, (_, at) => `${hashOf(`${round} ${at}`)}${chance(`tree ${round} ${at}`, 5) === 0 ? '.dir' : ''}` as Oid);
    const wanted = all.filter((_, at) => chance(`wanted ${round} ${at}`, 3) > 0);
    const listed = all.filter((_, at) => chance(`listed ${round} ${at}`, 4) > 0).sort();
    const [from, to] = [chance(`from ${round}`, 12), chance(`to ${round}`, 12)];
    // In every second round two of them come in the wrong order.
    if (round % 2 === 0 && from < listed.length && to < listed.length) [listed[from], listed[to]] = [listed[to] ?? '' as Oid, listed[from] ?? '' as Oid];
    const isInOrder = listed.every((oid, at) => at === 0 || (listed[at - 1] ?? '').slice(0, 32) <= oid.slice(0, 32));
    const others = ['files/md5/xx/no', `other/${hashOf('1').slice(0, 2)}/${hashOf('1').slice(2)}`, 'files/md5/00/00000000000000000000000000000g'];
    const paths = listed.flatMap((oid, at) => [...(chance(`other ${round} ${at}`, 6) === 0 ? [others[at % 3] ?? ''] : []), objectPath(name, oid)]);

    const { found, last } = read(name, { wanted, listed: paths });

    assert.deepEqual(new Set(found), new Set(wanted.filter((oid) => listed.includes(oid))), `round ${round}`);
    assert.equal(last, isInOrder ? listed.at(-1) : undefined, `round ${round}`);
  }
});

test('an object that is not wanted and stands before what should come before it shows that there is no order', () => {
  const [first, second] = ['00', 'ff'].map((start) => `${start}${hashOf('x').slice(2)}` as Oid) as [Oid, Oid];

  assert.equal(read('md5', { wanted: [first], listed: [objectPath('md5', second), objectPath('md5', first)] }).last, undefined);
  assert.equal(read('md5', { wanted: [first], listed: [objectPath('md5', first), objectPath('md5', second)] }).last, second);
  assert.equal(read('md5', { wanted: [first, second], listed: [objectPath('md5', second), objectPath('md5', first)] }).last, undefined);
});
