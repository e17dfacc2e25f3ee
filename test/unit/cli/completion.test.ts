// What may come next on a command line, and that bash itself hands it on.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { completionsFor } from '../../../src/cli/completion/words.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { fakeEngine, recordingWorld } from './fake-engine.ts';

const answers = {
  'GET /containers/json': [200, [{ Names: ['/web'] }, { Names: ['/worker'] }]],
  'GET /images/json': [200, [{ RepoTags: ['busybox:latest', 'app:1.0'] }, { RepoTags: null }]],
  'GET /networks': [200, [{ Name: 'bridge' }, { Name: 'mine' }]],
  'GET /volumes': [200, { Volumes: [{ Name: 'data' }] }],
  'GET /containers/web/json': [200, { ExecIDs: ['abc'] }],
  'GET /exec/abc/json': [200, { ID: 'abcdef0123456789' }],
} as const;

const rows: [words: string[], expected: string[]][] = [
  [['vol'], ['volume']],
  [
    ['volume', ''],
    ['create', 'inspect', 'list', 'ls', 'prune', 'remove', 'rm', 'update'],
  ],
  [
    ['volume', 'ls', '--f'],
    ['--filter', '--format'],
  ],
  [
    ['run', '--cpuset'],
    ['--cpuset-cpus', '--cpuset-mems'],
  ],
  [['ps', 'x'], []],
  [['--tlsv'], ['--tlsverify']],
  [['nope', ''], []],
  [['hel'], ['help']],
  // Names, where the usage line of the command has them.
  [
    ['rm', 'w'],
    ['web', 'worker'],
  ],
  [['rm', 'web', 'w'], ['worker']],
  [['exec', '-it', 'we'], ['web']],
  [['exec', 'web', ''], []],
  [['exec', '-u', 'w'], []],
  [
    ['run', ''],
    ['app:1.0', 'busybox', 'busybox:latest'],
  ],
  [['run', 'app:'], ['app:1.0']],
  [['run', 'busybox', '--n'], []],
  [['run', '--rm', '--network', 'm'], ['mine']],
  [['run', '--network=m'], ['--network=mine']],
  [['run', '--restart', 'on'], ['on-failure']],
  [['run', '--env-file', ''], [':files']],
  [
    ['run', '-v', ''],
    [':files', 'data'],
  ],
  [['network', 'connect', 'mi'], ['mine']],
  [['network', 'connect', 'mine', 'wo'], ['worker']],
  [['container', 'exec-kill', 'web', ''], ['abcdef012345']],
  [
    ['tag', 'bus'],
    ['busybox', 'busybox:latest'],
  ],
  [
    ['cp', ''],
    [':files', 'web:', 'worker:'],
  ],
  [['load', '-i', ''], [':files']],
  [['build', ''], [':files']],
  [['--context', 'd'], ['default']],
  [['-H', 'unix:///nonexistent', 'rm', ''], []],
  [
    ['-H', 'unix:///nonexistent', 'network', 'r'],
    ['remove', 'rm'],
  ],
  [
    ['kill', '-s', 'US'],
    ['USR1', 'USR2'],
  ],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
];

t.test('words', async (t) => {
  const skiff = await fakeEngine(t, answers);
  for (const [words, expected] of rows) {
    const { stdout, code } = await skiff(['__complete', ...words]);
    t.strictSame(stdout.split('\n').filter(Boolean), expected, words.join(' '));
    t.equal(code, 0);
  }
});

t.test('an engine that is not there has no names', async (t) => {
  const { world } = recordingWorld('unix:///nonexistent', {});
  t.strictSame(await completionsFor(['rm', ''], world), []);
});

t.test('in bash', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-completion-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const fake = join(folder, 'skiff');
  // Says what it was asked, then what there is.
  writeFileSync(fake, '#!/bin/sh\nshift\nprintf "%s|" "$@" >&9\nprintf "%s\\n" $ANSWER\n');
  chmodSync(fake, 0o755);
  const { world, printed } = recordingWorld('', {});
  await runProgram(['completion', 'bash'], world);
  const complete = async (set: string, answer: string) => {
    const script = `${printed().stdout}\n${set}\n_skiff\nprintf '%s ' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${folder}:${process.env.PATH}`, ANSWER: answer };
    const { stdio } = await execa('bash', ['-c', script], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', ...Array.from({ length: 6 }, () => 'ignore' as const), 'pipe'],
    });
    return { replies: stdio[1], asked: stdio[9], complaints: stdio[2] };
  };
  const line = (text: string) => `COMP_LINE='${text}' COMP_POINT=${text.length}`;
  const cases: [set: string, answer: string, asked: string, replies: string][] = [
    ['COMP_WORDS=(skiff rm w) COMP_CWORD=2', 'web worker', 'rm|w|', 'web worker '],
    [line('skiff rm w'), 'web worker', 'rm|w|', 'web worker '],
    [line('skiff rm '), 'web', 'rm||', 'web '],
    [line('skiff run busybox:l'), 'busybox:latest', 'run|busybox:l|', 'latest '],
    [line('skiff run --network=m'), '--network=mine', 'run|--network=m|', 'mine '],
    [line('skiff cp web: '), ':files web: worker:', 'cp|web:||', 'web: worker: '],
    [line('skiff load -i '), ':files', 'load|-i||', ' '],
  ];
  for (const [set, answer, asked, replies] of cases)
    t.strictSame(await complete(set, answer), { asked, replies, complaints: '' }, set);
});

t.test('a script for every shell', async (t) => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { world, printed } = recordingWorld('', {});
    t.equal(await runProgram(['completion', shell], world), 0);
    t.match(printed().stdout, /__complete/);
  }
});
