// Help reads like Docker's, every command is what its entry says, and completion knows them.

import t from 'tap';
import { commands, commonCommands, groups, unavailable } from '../../../src/cli/commands/index.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { type RunOptions, recordingWorld } from './fake-engine.ts';

async function printed(argv: string[], options: RunOptions = {}): Promise<string> {
  const { world, printed } = recordingWorld('unix:///nonexistent', options);
  const code = await runProgram(argv, world);
  const { stdout, stderr } = printed();
  if (code !== 0 || stderr !== '') throw new Error(`${argv.join(' ')}: ${code} ${stderr}`);
  return stdout;
}

t.test('a command', async (t) => {
  t.equal(
    await printed(['ps', '--help']),
    `Usage:  skiff ps [OPTIONS]

List containers

Aliases:
  skiff container ls, skiff container list, skiff container ps, skiff ps

Options:
  -a, --all             Show all containers (default shows just running)
  -f, --filter filter   Filter output based on conditions provided
      --format string   Format output using a custom template:
                        'table':            Print output in table format
                        with column headers (default)
                        'table TEMPLATE':   Print output in table format
                        using the given Go template
                        'json':             Print in JSON format
                        'TEMPLATE':         Print output using the given
                        Go template.
  -n, --last int        Show n last created containers (includes all
                        states) (default -1)
  -l, --latest          Show the latest created container (includes all
                        states)
      --no-trunc        Don't truncate output
  -q, --quiet           Only display container IDs
  -s, --size            Display total file sizes
`,
  );
});

t.test('the same by every way to ask', async (t) => {
  const expected = await printed(['ps', '--help']);
  for (const argv of [
    ['ps', '-h'],
    ['help', 'ps'],
    ['--help', 'ps'],
  ]) {
    t.equal(await printed(argv), expected, argv.join(' '));
  }
  t.equal(await printed(['container', '--help', 'ls']), await printed(['container', 'ls', '--help']));
});

t.test('where nothing was asked for, help is no output', async (t) => {
  for (const words of [[], ['volume']]) {
    const { world, printed: all } = recordingWorld('unix:///nonexistent', {});
    t.equal(await runProgram(words, world), 0);
    t.strictSame(all(), { stdout: '', stderr: await printed([...words, '--help']) });
  }
});

t.test('a topic that is none', async (t) => {
  for (const words of [['nope'], ['ps', 'nope'], ['image', 'nope']]) {
    const { world, printed: all } = recordingWorld('unix:///nonexistent', {});
    t.equal(await runProgram(['help', ...words], world), 1);
    t.equal(all().stderr, 'unknown help topic: nope\n');
  }
});

t.test('a group', async (t) => {
  t.equal(
    await printed(['volume', '--help']),
    `Usage:  skiff volume COMMAND

Manage volumes

Commands:
  create      Create a volume
  inspect     Display detailed information on one or more volumes
  ls          List volumes
  prune       Remove unused local volumes
  rm          Remove one or more volumes
  update      Update a volume (cluster volumes only)

Run 'skiff volume COMMAND --help' for more information on a command.
`,
  );
});

t.test('the whole', async (t) => {
  const help = await printed(['--help']);
  t.match(help, /^Usage: {2}skiff \[OPTIONS\] COMMAND\n\n.+\n\nCommon Commands:\n {2}run {9}Create and run/);
  for (const name of [...commonCommands, ...Object.keys(groups)])
    t.match(help, `\n  ${name.padEnd(11)} `, name);
  for (const name of Object.keys(unavailable)) t.notMatch(help, `\n  ${name.padEnd(11)} `, name);
});

t.test('a wide terminal is used', async (t) => {
  const wide = await printed(['ps', '--help'], { terminal: { rows: 30, columns: 200 } });
  t.match(wide, "'table':            Print output in table format with column headers (default)\n");
});

t.test('every command is what its entry says', async (t) => {
  const spellings = Object.entries(commands).flatMap(([name, { aliases }]) => [name, ...aliases]);
  t.equal(new Set(spellings).size, spellings.length, 'no spelling stands for two commands');
  for (const [name, { load }] of Object.entries(commands)) {
    const { command } = await load();
    t.equal(command.name, name);
    t.match(command.description, /^[A-Z]/, name);
    const [least, most] = command.args;
    t.ok(least <= most, name);
    const flags: [string, { short?: string }][] = Object.entries(command.flags);
    const shorts = flags.flatMap(([, flag]) => flag.short ?? []);
    t.equal(new Set(shorts).size, shorts.length, `${name}: no short flag stands for two`);
    t.ok(await printed([...name.split(' '), '--help']));
  }
});
