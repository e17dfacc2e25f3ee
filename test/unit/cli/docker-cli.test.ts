// Every command and every flag of Docker's client is here: same name, same letter, same kind, same default. What
// is not, is named below with the reason. The lists in test/fixtures/docker-cli are of Docker's client 29.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Flags } from '../../../src/cli/args/flag.ts';
import { commands, groups, unavailable } from '../../../src/cli/commands/index.ts';
import { globalFlags } from '../../../src/cli/global-flags.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/docker-cli');

/** Rows of a file of tab-separated values, without its heading. */
function rowsOf(file: string): string[][] {
  const lines = readFileSync(join(fixtures, file), 'utf8').trimEnd().split('\n');
  return lines.slice(1).map((line) => line.split('\t'));
}

/** Docker has it, and we have it otherwise: 'COMMAND --FLAG'. */
const different: Readonly<Record<string, string>> = {
  ' --config': 'our own folder: ~/.skiff, and ~/.docker where that lacks a config.json',
  ' --host': 'may be given once, like Docker’s, which calls it a list in its help',
  ' --tlscacert': 'the default lies in our own folder',
  ' --tlscert': 'the default lies in our own folder',
  ' --tlskey': 'the default lies in our own folder',
  'container create --help': 'every command has --help',
  'container run --help': 'every command has --help',
};

/** What Docker's client 29 does not have: extensions of ours, and flags of older clients that scripts still use. */
const ours: Readonly<Record<string, string>> = {
  'builder prune --dry-run': 'extension',
  'container commit --pause': 'until 29',
  'container create --disable-content-trust': 'until 28',
  'container create --dns-opt': 'hidden spelling of Docker',
  'container create --kernel-memory': 'until 22',
  'container create --net': 'hidden spelling of Docker',
  'container create --net-alias': 'hidden spelling of Docker',
  'container prune --dry-run': 'extension',
  'container restart --time': 'until 27',
  'container run --disable-content-trust': 'until 28',
  'container run --dns-opt': 'hidden spelling of Docker',
  'container run --kernel-memory': 'until 22',
  'container run --net': 'hidden spelling of Docker',
  'container run --net-alias': 'hidden spelling of Docker',
  'container stop --time': 'until 27',
  'container create --publish-open': 'extension',
  'container run --publish-open': 'extension',
  'container update --publish-add': 'extension',
  'container update --publish-rm': 'extension',
  'image prune --dry-run': 'extension',
  'image pull --disable-content-trust': 'until 28',
  'image push --disable-content-trust': 'until 28',
  'network prune --dry-run': 'extension',
  'system prune --dry-run': 'extension',
  'volume create --name': 'hidden spelling of Docker',
  'volume prune --dry-run': 'extension',
};

/** Commands of which Docker knows nothing, and the builder's, whose flags grow beyond Docker's classic one. */
const ownCommands = new Set([
  'completion',
  'container exec-kill',
  'container execs',
  'fsck',
  'ports',
  'trace',
]);
const grown = new Set(['image build']);

const spellings = new Map(
  Object.entries(commands).flatMap(([name, { aliases }]) =>
    [name, ...aliases].map((spelling) => [spelling, name] as const),
  ),
);

t.test('commands', async (t) => {
  for (const [name = '', canonical = ''] of rowsOf('commands.tsv')) {
    const [first = ''] = name.split(' ');
    if (Object.hasOwn(unavailable, first)) t.pass(`${name}: ${unavailable[first]}`);
    else if (canonical === '') t.ok(Object.hasOwn(groups, name), name);
    else t.equal(spellings.get(name), canonical, name);
  }
});

t.test('flags', async (t) => {
  const known = new Map<string, Set<string>>();
  for (const row of rowsOf('flags.tsv')) {
    const [command = '', flag = ''] = row;
    known.set(command, (known.get(command) ?? new Set()).add(flag));
    const reason = different[`${command} --${flag}`];
    if (reason) t.pass(`${command} --${flag}: ${reason}`);
    else compareFlag(t, row, await flagsOf(command));
  }
  for (const name of Object.keys(commands)) {
    if (ownCommands.has(name) || grown.has(name)) continue;
    const more = Object.keys(await flagsOf(name)).filter((flag) => !known.get(name)?.has(flag));
    for (const flag of more) t.ok(ours[`${name} --${flag}`], `${name} --${flag} is named as ours`);
  }
});

async function flagsOf(command: string): Promise<Flags> {
  if (command === '') return globalFlags;
  return (await commands[command]?.load())?.command.flags ?? {};
}

function compareFlag(
  t: Tap,
  [command, name = '', short = '', type = '', initial = '']: string[],
  flags: Flags,
) {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  const what = `${command} --${name}`;
  if (!t.ok(flag, what) || !flag) return;
  t.equal(flag.short ?? '', short, `${what}: letter`);
  t.equal(flag.label || 'bool', labels[type] ?? type, `${what}: kind`);
  t.equal((flag.shown ?? '').replace(/^"(.*)"$/, '$1'), shown(initial), `${what}: default`);
}

type Tap = Pick<typeof t, 'ok' | 'equal'>;

/** The word that help shows for a type of Docker's flag library. */
const labels: Readonly<Record<string, string>> = {
  int64: 'int',
  ip: 'string',
  ipNetSlice: 'strings',
  ipSlice: 'strings',
  stringSlice: 'strings',
  uint64: 'uint',
};

/** Go's zero values say nothing to a person; our help leaves them out. */
function shown(initial: string): string {
  return /^(|0|0s|\[\]|\{\}|map\[\]|<nil>|false|"")$/.test(initial) ? '' : initial.replace(/^"(.*)"$/, '$1');
}
