import fc from 'fast-check';
import { hoconText } from '../fuzz/hocon-texts.ts';

/**
 * Texts as people write them: dotted keys, sections opened twice, values joined, references. What ClearML's reader is known to get wrong is not asked for: it stands in
 * the table BETTER of src/clearml/hocon/hocon.test.ts.
 */
const BASE = 'base { text: hello, number: 42, flag: true, list: [1, two], tree { x: 1, y.z: deep } }\n';
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/).filter((text) => !/^(?:true|false|null|include)$/.test(text));
const key = fc.constantFrom('a', 'b', 'c', 'key', 'access_key', 'k-1', '2', 'é', '"quoted.key"', 'with space');
const path = fc.oneof(key, fc.array(fc.constantFrom('a', 'b', 'c', 'aws', 's3', 'default_base_dir'), { minLength: 2, maxLength: 3 }).map((parts) => parts.join('.')));
const number = fc.constantFrom('0', '-0', '007', '1e3', '1.5e-3', '+5', '-17', '.5', '5.', '1.10', '12345678901234567890', '3.14', '10GB', '5%', '1.2.3', '10.0.0.1', '1_000', '0x1F', '1-2');
const bare = fc.oneof(
  word, number, fc.constantFrom('true', 'False', 'NULL', 'yes', 'off', 'None'),
  fc.tuple(word, word).map(([first, second]) => `${first} ${second}`),
  fc.tuple(word, word).map(([first, second]) => `${first}   ${second} `),
  fc.tuple(fc.constantFrom('s3', 'https', 'azure', 'file'), word, word).map(([scheme, host, rest]) => `${scheme}://${host}:9000/${rest}`),
  fc.constantFrom('~/.clearml/cache', '/mnt/data/a b', 'C:\\\\data', "it's", 'a|b;c', '<x>', '(y)', 'a%20b', 'x-y_z.w', 'a:b'),
);
const quoted = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019 +=@{}[]#:/,.é日!?*&^`~;')), minLength: 1, maxLength: 12 }).map((text) => `"${text}"`),
  fc.constantFrom('"a\\nb"', '"C:\\\\Users\\\\me"', '"say \\"hi\\""', '"C:\\Users\\me"', '"\\u0041"', '"#no comment"', '"""triple "quoted" text"""', '"""two\nlines"""', '"${AWSX}"'),
);
const reference = fc.constantFrom('${base.text}', '${base.number}', '${base.flag}', '${?base.text}', '${AWSX}', '${?AWSX}', '${base.tree.y.z}');
const joined = fc.oneof(
  fc.tuple(reference, word).map(([first, second]) => `${first}${second}`), fc.tuple(word, reference).map(([first, second]) => `${first}${second}`),
  fc.tuple(word, reference, word).map(([first, second, third]) => `${first} ${second} ${third}`), fc.tuple(reference, word).map(([first, second]) => `${first}/${second}`),
  fc.tuple(quoted.filter((text) => !text.startsWith('"""')), word).map(([first, second]) => `${first} ${second}`),
);
const comment = fc.constantFrom('', '', '', ' # said so', ' // said so', '   #');
const between = fc.constantFrom('\n', '\n\n', ',\n', '\r\n', '\n  # alone\n', '\n\t');
const assign = fc.constantFrom(':', '=', ': ', ' = ', ' : ');

const pieces = fc.letrec<{ value: string; list: string; object: string; members: string }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, { arbitrary: bare, weight: 4 }, { arbitrary: quoted, weight: 3 }, { arbitrary: reference, weight: 1 }, { arbitrary: joined, weight: 1 }, { arbitrary: fc.constantFrom('${base.list}', '${base.tree}', '${base.tree} { more: 1 }', '${base.list} [3]'), weight: 1 }, { arbitrary: tie('list'), weight: 1 }, { arbitrary: tie('object'), weight: 2 }),
  list: fc.tuple(fc.array(fc.oneof({ depthSize: 'small' }, word, quoted, number.filter((text) => text !== '5.'), tie('object'), tie('list')), { maxLength: 4 }), fc.constantFrom(', ', '\n', ',\n  ', ' , ')).map(([items, separator]) => `[${items.join(separator)}]`),
  object: fc.tuple(tie('members'), fc.constantFrom('', '\n')).map(([members, end]) => `{ ${members}\n${end}}`),
  members: fc.array(fc.tuple(path, assign, tie('value'), comment, between, fc.boolean()), { maxLength: 4 }).map((members) =>
    members.map(([name, sign, value, said, end, isShort]) => `${name}${value.startsWith('{') && isShort ? ' ' : sign}${value}${said}${said === '' || !end.startsWith(',') ? end : '\n'}`).join('')),
}));

/** Whole texts of configurations. */
export const configurationText: fc.Arbitrary<string> = fc.oneof(pieces.members.map((text) => (text.includes('base.') ? BASE + text : text)), hoconText.map(({ text }) => text));
