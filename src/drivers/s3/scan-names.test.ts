import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readXmlListing } from '../../http/bucket-listing.ts';
import { scanNames } from './scan-names.ts';

interface Named { readonly key: string; readonly size: number }

const row = ({ key, size }: Named, more = ''): string => `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;${'ab'.repeat(16)}&quot;</ETag><Size>${size}</Size>${more}<StorageClass>STANDARD</StorageClass></Contents>`;
const listing = (rows: readonly string[]): string => `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated>${rows.join('')}<KeyCount>${rows.length}</KeyCount></ListBucketResult>`;

function scan(text: string): { readonly names: readonly Named[]; readonly rest: string } | undefined {
  const bytes = Buffer.from(text);
  const names: Named[] = [];
  const around = scanNames(bytes, ({ bytes: all, start, end, size }) => { names.push({ key: Buffer.from(all.subarray(start, end)).toString(), size }); });
  return around && { names, rest: `${bytes.toString('utf8', 0, around.start)}${bytes.toString('utf8', around.end)}` };
}

const anyName = fc.record({ key: fc.stringMatching(/^[a-z0-9/._-]{1,12}$/), size: fc.oneof(fc.nat(), fc.constantFrom(0, 9, 10, 4096, 2 ** 40)) });

describe('names of a listing, scanned in its bytes', () => {
  it('are those the reader of XML finds, whatever their lengths and what else stands in a row', () => {
    const more = fc.constantFrom('', '<Owner><ID>me</ID><DisplayName/></Owner>', '<ChecksumAlgorithm>CRC32</ChecksumAlgorithm>', '\n  ');
    fc.assert(fc.property(fc.array(fc.tuple(anyName, more), { minLength: 1 }), fc.constantFrom('', '\n', '\n  '), (rows, between) => {
      const text = listing(rows.map(([name, rest]) => `${row(name, rest)}${between}`));

      const found = scan(text);

      assert.deepEqual(found?.names, readXmlListing(text).objects.map(({ key, size }) => ({ key, size })));
      assert.equal(found.rest.replace(/\s/g, ''), listing([]).replace('<KeyCount>0', `<KeyCount>${rows.length}`).replace(/\s/g, ''));
    }));
  });

  it('are never other ones than the reader of XML finds where something is damaged', () => {
    const names = Array.from({ length: 4 }, (_, at) => ({ key: `files/md5/0${at}/x`, size: at * 1000 }));
    const whole = listing(names.map((name) => row(name)));
    for (let at = 0; at < whole.length; at++) {
      for (const text of [whole.slice(0, at), `${whole.slice(0, at)}${whole.slice(at + 1)}`, `${whole.slice(0, at)}<${whole.slice(at + 1)}`]) {
        const found = scan(text);
        let read: readonly Named[] | undefined;
        try {
          read = readXmlListing(text).objects.map(({ key, size }) => ({ key, size }));
        } catch {
          // Then the rest of the answer is no listing either, or an element that no name and no size stands in is damaged.
        }
        if (found && read) assert.deepEqual(found.names, read, text);
      }
    }
  });

  it('are read, and to their end, where an answer begins with a row', () => {
    const names = [{ key: 'a', size: 1 }, { key: 'b', size: 1 }, { key: 'cc', size: 20 }];

    assert.deepEqual(scan(names.map((name) => row(name)).join('')), { names, rest: '' });
    assert.equal(scan('<Contents>'), undefined);
    assert.equal(scan('<Contents></Contents>'), undefined);
  });

  it('are left to the reader of XML where a row is not plain', () => {
    const plain = listing([row({ key: 'a', size: 1 }), row({ key: 'b', size: 2 }), row({ key: 'c', size: 3 })]);
    const odd = [
      listing([]), plain.replace('<Key>b', '<Key >b'), plain.replace('<Key>a', '<Key>b</Key><Key>a'), plain.replace('<Contents>', '<Contents><!-- x -->'), plain.replace('<Size>1', '<Size>x'), plain.replace('<Size>3', '<Size>'),
      plain.replace('<Size>2', '<Size>1</Size><Size>2'), plain.replace('<KeyCount>', '<Contents/><KeyCount>'), plain.replace('<Contents>', '<Contents/><Contents>'), plain.replace('<Key>b</Key>', '<Key></Key>'), plain.replace('<Size>3', `<Size>${'9'.repeat(16)}`),
    ];
    for (const text of odd) assert.equal(scan(text), undefined, text);
  });
});
