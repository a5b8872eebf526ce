import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from './command.ts';
import { commands, PIPELINE_COMMANDS } from './commands.ts';
import { COMMON_FLAGS } from './common-flags.ts';
import { commandHelp, groupHelp, mainHelp } from './help.ts';
import { GROUPS } from './listed.ts';
import { kebab } from './parse-arguments.ts';

const all = Object.entries(commands);
const loaded: ReadonlyMap<string, Command> = new Map(await Promise.all(all.map(async ([name, { load }]) => [name, await load()] as const)));
const commandOf = (name: string): Command => loaded.get(name) ?? assert.fail(name);
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

test('every command loads, and stands in the file and under the name of its key', async () => {
  for (const [name] of all) {
    const members: unknown = await import(new URL(`./commands/${name.replaceAll(' ', '-')}.${extension}`, import.meta.url).href);
    const exported = name.replaceAll(/[ -](.)/g, (_, letter: string) => letter.toUpperCase());
    const found = Object.entries(members as Record<string, unknown>).find(([key]) => key === exported || key === `${exported}Of`);

    assert.ok(found, `${name}: no export '${exported}'`);
    if (found[0] === exported) assert.equal(found[1], commandOf(name));
    assert.equal(typeof commandOf(name).run, 'function');
    assert.equal(typeof commandOf(name).text, 'function');
  }
});

test('no flag of a command shadows one of all commands, and no short flag has two meanings', () => {
  for (const [name] of all) {
    const { flags } = commandOf(name);
    const shorts = [...Object.values(flags), ...Object.values(COMMON_FLAGS)].flatMap((flag) => ('short' in flag && flag.short !== undefined ? [flag.short] : []));

    assert.deepEqual(Object.keys(flags).filter((key) => key in COMMON_FLAGS), [], name);
    assert.deepEqual(shorts.filter((short, at) => shorts.indexOf(short) !== at), [], name);
  }
});

test('optional names come after required ones, and those that take many are last', () => {
  for (const [name] of all) {
    const { positionals } = commandOf(name);
    const firstOptional = positionals.findIndex((one) => one.startsWith('['));

    assert.ok(firstOptional < 0 || positionals.slice(firstOptional).every((one) => one.startsWith('[')), name);
    assert.ok(positionals.slice(0, -1).every((one) => !one.includes('...')), name);
  }
});

test('the help names every command with what it does, in one of the groups', () => {
  const lines = mainHelp();

  for (const [name, { summary, group }] of all) {
    assert.ok(lines.some((line) => line.trim().startsWith(`${name} `) && line.endsWith(` ${summary}`)), name);
    assert.ok(lines.includes(`${GROUPS[group]}:`));
  }
});

test('the help of a command has its usage, every flag and its examples', () => {
  for (const [name, { summary }] of all) {
    const command = commandOf(name);
    const text = commandHelp(name, command).join('\n');

    assert.ok(text.startsWith(`usage: tow ${name}`));
    assert.ok(text.includes(summary));
    for (const key of Object.keys({ ...command.flags, ...COMMON_FLAGS })) assert.ok(text.includes(`--${kebab(key)}`), `${name} --${kebab(key)}`);
    for (const example of command.examples) assert.match(example, new RegExp(`\\btow (?:--cd \\S+ )?${name}`));
  }
});

test('a group of commands lists its members', () => {
  const lines = groupHelp('remote');

  for (const [name] of all.filter(([one]) => one.startsWith('remote '))) assert.ok(lines.some((line) => line.trim().startsWith(name.slice('remote '.length))), name);
});

test("DVC's pipeline commands are none of ours", () => {
  assert.deepEqual(all.filter(([name]) => PIPELINE_COMMANDS.has(name)), []);
});
