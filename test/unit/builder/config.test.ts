// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the dollars are a Dockerfile's, not ours.
/** What instructions do to a config, and their words in the history, which are those of Docker's classic builder. */
import t from 'tap';
import {
  type ConfigInstruction,
  changeConfig,
  commandWords,
} from '../../../src/image/builder/config/change.ts';
import { configWords, runWords } from '../../../src/image/builder/config/created-by.ts';
import { quote } from '../../../src/image/builder/config/go-format.ts';
import { enterStage, type StageState } from '../../../src/image/builder/config/state.ts';
import { parseDockerfile } from '../../../src/image/builder/dockerfile/parse.ts';
import type { ImageRunConfig } from '../../../src/image/oci.ts';

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function build(text: string, given: Record<string, string> = {}, base: ImageRunConfig = {}) {
  const file = parseDockerfile(`FROM scratch\n${text}`);
  const args = {
    given: new Map(Object.entries(given)),
    global: new Map([['G', 'global']]),
    declared: new Map(),
  };
  let state: StageState = enterStage(base, args);
  const history: string[] = [];
  for (const step of file.stages[0]?.steps ?? []) {
    if (step.kind === 'RUN') {
      history.push(runWords(state, commandWords(state, step.command)));
      continue;
    }
    const change = changeConfig(state, step as ConfigInstruction, '\\');
    state = change.state;
    history.push(configWords(state, change.words));
  }
  return { config: JSON.parse(JSON.stringify(state.config)), history, author: state.author };
}

const NOP = '/bin/sh -c #(nop)  ';

/** Dockerfile behind FROM; what the config has besides the PATH; words of the last step, without the usual beginning. */
const ROWS: [string, ImageRunConfig & { author?: string }, string][] = [
  ['ENV A=1 B="two words"', { Env: [PATH, 'A=1', 'B=two words'] }, 'ENV A=1 B=two words'],
  ['ENV A=1\nENV A=2 B=$A', { Env: [PATH, 'A=2', 'B=1'] }, 'ENV A=2 B=1'],
  ['ENV A=1\nENV A=$A:2', { Env: [PATH, 'A=1:2'] }, 'ENV A=1:2'],
  ['ENV old way $PATH', { Env: [PATH, `old=way ${PATH.slice(5)}`] }, `ENV old=way ${PATH.slice(5)}`],
  ['ENV a= b=\\$x', { Env: [PATH, 'a=', 'b=$x'] }, 'ENV a= b=$x'],
  ['LABEL z=1 "a b"="c d"', { Labels: { z: '1', 'a b': 'c d' } }, 'LABEL z=1 a b=c d'],
  [
    'ENV V=x\nLABEL v=$V n=${N:-none}',
    { Env: [PATH, 'V=x'], Labels: { v: 'x', n: 'none' } },
    'LABEL v=x n=none',
  ],
  ['CMD ["a","b c"]', { Cmd: ['a', 'b c'] }, 'CMD ["a" "b c"]'],
  ['CMD echo "$X"', { Cmd: ['/bin/sh', '-c', 'echo "$X"'] }, 'CMD ["/bin/sh" "-c" "echo \\"$X\\""]'],
  ['CMD []', { Cmd: [] }, 'CMD []'],
  [
    'ENTRYPOINT exec top',
    { Entrypoint: ['/bin/sh', '-c', 'exec top'] },
    'ENTRYPOINT ["/bin/sh" "-c" "exec top"]',
  ],
  ['CMD a\nENTRYPOINT ["/e"]', { Cmd: ['/bin/sh', '-c', 'a'], Entrypoint: ['/e'] }, 'ENTRYPOINT ["/e"]'],
  [
    'EXPOSE 80 8000-8002/udp',
    { ExposedPorts: { '80/tcp': {}, '8000/udp': {}, '8001/udp': {}, '8002/udp': {} } },
    'EXPOSE 80 8000-8002/udp',
  ],
  [
    'ENV P="1 2/udp"\nEXPOSE $P',
    { Env: [PATH, 'P=1 2/udp'], ExposedPorts: { '1/tcp': {}, '2/udp': {} } },
    'EXPOSE 1 2/udp',
  ],
  ['VOLUME /v /w', { Volumes: { '/v': {}, '/w': {} } }, 'VOLUME [/v /w]'],
  ['USER user', { User: 'user' }, 'USER user'],
  ['ARG U=me\nUSER ${U}:staff', { User: 'me:staff' }, 'USER me:staff'],
  ['STOPSIGNAL SIGINT', { StopSignal: 'SIGINT' }, 'STOPSIGNAL SIGINT'],
  ['STOPSIGNAL 9', { StopSignal: '9' }, 'STOPSIGNAL 9'],
  ['STOPSIGNAL RTMIN+3', { StopSignal: 'RTMIN+3' }, 'STOPSIGNAL RTMIN+3'],
  ['ONBUILD RUN echo $x', { OnBuild: ['RUN echo $x'] }, 'ONBUILD RUN echo $x'],
  ['MAINTAINER me <m@x>', { author: 'me <m@x>' }, 'MAINTAINER me <m@x>'],
  ['WORKDIR /a/', { WorkingDir: '/a/' }, 'WORKDIR /a/'],
  ['WORKDIR /a\nWORKDIR b\nWORKDIR ../c', { WorkingDir: '/a/c' }, 'WORKDIR /a/c'],
  ['ARG A=1 B', {}, 'ARG A=1 B'],
  ['ARG G\nENV X=$G', { Env: [PATH, 'X=global'] }, 'ENV X=global'],
  ['ENV X=$G', { Env: [PATH, 'X='] }, 'ENV X='],
  [
    'HEALTHCHECK --interval=5s --retries=3 CMD true',
    { Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 5e9, Retries: 3 } },
    'HEALTHCHECK &{["CMD-SHELL" "true"] "5s" "0s" "0s" \'\\x03\'}',
  ],
  [
    'HEALTHCHECK --timeout=90m --retries=65 --start-interval=1s CMD ["x"]',
    { Healthcheck: { Test: ['CMD', 'x'], Timeout: 5400e9, Retries: 65, StartInterval: 1e9 } },
    'HEALTHCHECK &{["CMD" "x"] "0s" "1h30m0s" "0s" "1s" \'A\'}',
  ],
];

t.test('instructions', async (t) => {
  for (const [text, { author, ...expected }, words] of ROWS) {
    const built = build(text);
    t.same(built.config, { Env: [PATH], ...expected }, text);
    t.equal(built.history.at(-1), NOP + words, text);
    t.equal(built.author, author, text);
  }
});

t.test('what the base brings', async (t) => {
  const base = { Env: ['PATH=/bin'], Cmd: ['c'], Entrypoint: ['e'], OnBuild: ['RUN x'], Labels: { a: '1' } };
  t.same(build('USER u', {}, base).config, {
    Env: ['PATH=/bin'],
    Cmd: ['c'],
    Entrypoint: ['e'],
    Labels: { a: '1' },
    User: 'u',
  });
  t.same(
    build('ENTRYPOINT ["x"]', {}, base).config.Cmd,
    undefined,
    'an entrypoint takes an inherited command away',
  );
  t.same(build('CMD ["y"]\nENTRYPOINT ["x"]', {}, base).config.Cmd, ['y']);
  t.same(build('ENTRYPOINT', {}, base).config.Entrypoint, undefined);
});

t.test('SHELL is what later steps are worded with', async (t) => {
  const built = build('SHELL ["/bin/sh", "-ec"]\nRUN a\nCMD b\nUSER c');
  t.same(built.history, [
    '/bin/sh -ec #(nop)  SHELL [/bin/sh -ec]',
    '/bin/sh -ec a',
    '/bin/sh -ec #(nop)  CMD ["/bin/sh" "-ec" "b"]',
    '/bin/sh -ec #(nop)  USER c',
  ]);
});

t.test('arguments in the history of RUN', async (t) => {
  const words = (text: string, given = {}) => build(text, given).history.at(-1);
  t.equal(words('ARG Q=1\nRUN x'), '|1 Q=1 /bin/sh -c x');
  t.equal(words('ARG A1=1\nARG A=2\nRUN x', { A: '3' }), '|2 A1=1 A=3 /bin/sh -c x');
  t.equal(words('ARG Q\nRUN x'), '/bin/sh -c x', 'without a value');
  t.equal(words('ARG Q=1\nENV Q=2\nRUN x'), '/bin/sh -c x', 'hidden by a variable');
  t.equal(
    words('RUN x', { HTTP_PROXY: 'http://me:pw@proxy' }),
    '|0 /bin/sh -c x',
    'a proxy that nothing declares',
  );
  t.equal(words('ARG HTTP_PROXY\nRUN x', { HTTP_PROXY: 'p' }), '|1 HTTP_PROXY=p /bin/sh -c x');
  t.equal(words('RUN ["a", "b"]'), 'a b');
});

t.test('words without a meaning', async (t) => {
  const rows: [string, RegExp][] = [
    ['EXPOSE 80/foo', /invalid proto: foo/],
    ['EXPOSE 70000', /invalid containerPort: 70000/],
    ['EXPOSE 9-8', /invalid containerPort: 9-8/],
    ['EXPOSE x', /invalid containerPort: x/],
    ['STOPSIGNAL SIG!', /invalid signal: SIG!/],
    ['STOPSIGNAL 0', /invalid signal: 0/],
    ['VOLUME $NONE', /VOLUME specified can not be an empty string/],
    ['WORKDIR $NONE', /cannot normalize nothing/],
    ['ENV $NONE=1', /ENV names can not be blank/],
    ['ENV A="${X:?is needed}"', /X: is needed/],
  ];
  for (const [text, message] of rows) t.throws(() => build(text), { message }, text);
});

t.test("Go's quotes", async (t) => {
  t.equal(quote('a"b\\c\nd\x01é☺\u200b'), '"a\\"b\\\\c\\nd\\x01é☺\\u200b"');
});
