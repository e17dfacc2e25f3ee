/** The parser: what instructions become, and what is said of those that are wrong. */
import t from 'tap';
import type { StepInstruction } from '../../../src/image/builder/dockerfile/instruction.ts';
import { parseDockerfile, parseTrigger } from '../../../src/image/builder/dockerfile/parse.ts';

/** The first step of a stage, without where it was written. */
function first(text: string): Record<string, unknown> {
  const [step] = parseDockerfile(`FROM scratch\n${text}`).stages[0]?.steps ?? [];
  const { place, code, ...rest } = step as StepInstruction & Record<string, unknown>;
  return JSON.parse(JSON.stringify(rest));
}

const shell = (line: string) => ({ words: [line], shellForm: true });
const exec = (...words: string[]) => ({ words, shellForm: false });
const run = (command: object, more: object = {}) => ({
  kind: 'RUN',
  command,
  heredocs: [],
  mounts: [],
  network: 'default',
  privileged: false,
  ...more,
});
const copy = (sources: string[], destination: string, more: object = {}) => ({
  kind: 'COPY',
  sources,
  destination,
  files: [],
  link: false,
  parents: false,
  exclude: [],
  ...more,
});

const INSTRUCTIONS: [string, object][] = [
  ['RUN echo hi', run(shell('echo hi'))],
  ['run echo hi', run(shell('echo hi'))],
  ['RUN ["echo", "a b"]', run(exec('echo', 'a b'))],
  ['RUN [ -d /x ]', run(shell('[ -d /x ]'))],
  ["RUN ['echo']", run(shell("['echo']"))],
  ['RUN a && \\\n  b', run(shell('a &&   b'))],
  ['RUN a \\\n# comment\n  # indented\n  && b', run(shell('a   && b'))],
  ['RUN a \\\n\n  && b', run(shell('a   && b'))],
  ['RUN a \\  \n  b', run(shell('a   b'))],
  ['RUN echo a\\\\\nRUN b', run(shell('echo a\\\\'))],
  ['RUN echo "# no comment"', run(shell('echo "# no comment"'))],
  ['RUN --network=none true', run(shell('true'), { network: 'none' })],
  ['RUN --security=insecure true', run(shell('true'), { privileged: true })],
  [
    'RUN --mount=type=cache,target=/c --mount="type=tmpfs,target=/t" true',
    run(shell('true'), { mounts: ['type=cache,target=/c', 'type=tmpfs,target=/t'] }),
  ],
  ['RUN -- --x', run(shell('--x'))],
  [
    'RUN <<EOF\na\nb\nEOF\nRUN c',
    run(shell('<<EOF'), { heredocs: [{ name: 'EOF', text: 'a\nb\n', raw: 'a\nb\n' }] }),
  ],
  [
    'RUN <<-EOF\n\ta\n\t\tEOF',
    run(shell('<<-EOF'), { heredocs: [{ name: 'EOF', text: 'a\n', raw: '\ta\n' }] }),
  ],
  [
    'RUN <<A cat && 3<<"B" cat\n1\nA\n$2\nB',
    run(shell('<<A cat && 3<<"B" cat'), {
      heredocs: [
        { name: 'A', text: '1\n', raw: '1\n' },
        { name: 'B', text: '$2\n', raw: '$2\n' },
      ],
    }),
  ],
  ['RUN echo $((1<<2))', run(shell('echo $((1<<2))'))],
  ['RUN echo "<<EOF"', run(shell('echo "<<EOF"'))],
  ['CMD ["a", "b"]', { kind: 'CMD', command: exec('a', 'b') }],
  ['CMD a b', { kind: 'CMD', command: shell('a b') }],
  ['CMD', { kind: 'CMD', command: { words: [], shellForm: true } }],
  ['ENTRYPOINT ["/e"]', { kind: 'ENTRYPOINT', command: exec('/e') }],
  ['SHELL ["/bin/bash", "-c"]', { kind: 'SHELL', shell: ['/bin/bash', '-c'] }],
  ['COPY a b /c/', copy(['a', 'b'], '/c/')],
  ['COPY ["a b", "/c d"]', copy(['a b'], '/c d')],
  [
    'COPY --from=0 --chown=1:2 --chmod=755 --link --exclude=*.md --exclude=x . /',
    copy(['.'], '/', { from: '0', chown: '1:2', chmod: '755', link: true, exclude: ['*.md', 'x'] }),
  ],
  [
    'COPY <<a <<"b" x /d/\n$1\na\n$2\nb',
    copy(['x'], '/d/', {
      files: [
        { name: 'a', content: '$1\n', expand: true },
        { name: 'b', content: '$2\n', expand: false },
      ],
    }),
  ],
  [
    `ADD --checksum=sha256:${'0'.repeat(64)} https://host.test/x /x`,
    {
      kind: 'ADD',
      sources: ['https://host.test/x'],
      destination: '/x',
      files: [],
      link: false,
      exclude: [],
      checksum: `sha256:${'0'.repeat(64)}`,
      keepGitDirectory: false,
    },
  ],
  ['ENV a=1 b="2 3" c=4\\ 5', { kind: 'ENV', pairs: [p('a', '1'), p('b', '"2 3"'), p('c', '4\\ 5')] }],
  ['ENV a the rest  of it', { kind: 'ENV', pairs: [p('a', 'the rest  of it')] }],
  ['ENV a=', { kind: 'ENV', pairs: [p('a', '')] }],
  ['ENV a=b=c', { kind: 'ENV', pairs: [p('a', 'b=c')] }],
  ['LABEL "a b"=c', { kind: 'LABEL', pairs: [p('"a b"', 'c')] }],
  ['ARG a', { kind: 'ARG', args: [{ name: 'a' }] }],
  [
    'ARG a=1 b c=',
    { kind: 'ARG', args: [{ name: 'a', value: '1' }, { name: 'b' }, { name: 'c', value: '' }] },
  ],
  ['EXPOSE 80/tcp 53/udp', { kind: 'EXPOSE', words: ['53/udp', '80/tcp'] }],
  ['VOLUME /a /b', { kind: 'VOLUME', words: ['/a', '/b'] }],
  ['VOLUME ["/a b"]', { kind: 'VOLUME', words: ['/a b'] }],
  ['WORKDIR /a b', { kind: 'WORKDIR', text: '/a b' }],
  ['USER me:us', { kind: 'USER', text: 'me:us' }],
  ['STOPSIGNAL SIGINT', { kind: 'STOPSIGNAL', text: 'SIGINT' }],
  ['MAINTAINER A <a@b.test>', { kind: 'MAINTAINER', text: 'A <a@b.test>' }],
  ['ONBUILD COPY --from=x a b', { kind: 'ONBUILD', text: 'COPY --from=x a b' }],
  ['ONBUILD RUN <<E\nx\nE', { kind: 'ONBUILD', text: 'RUN <<E\nx\nE' }],
  ['HEALTHCHECK NONE', { kind: 'HEALTHCHECK', health: { Test: ['NONE'] } }],
  [
    'HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 --start-period=2s --start-interval=1s CMD curl -f x',
    {
      kind: 'HEALTHCHECK',
      health: {
        Test: ['CMD-SHELL', 'curl -f x'],
        Interval: 90e9,
        Timeout: 5e8,
        Retries: 3,
        StartPeriod: 2e9,
        StartInterval: 1e9,
      },
    },
  ],
  ['HEALTHCHECK CMD ["a"]', { kind: 'HEALTHCHECK', health: { Test: ['CMD', 'a'] } }],
];

function p(name: string, value: string) {
  return { name, value };
}

t.test('instructions', async (t) => {
  for (const [text, expected] of INSTRUCTIONS) t.same(first(text), expected, text);
});

t.test('stages, global arguments and names', async (t) => {
  const file = parseDockerfile(
    '# syntax=docker/dockerfile:1\n#escape = `\n\nARG V=1\nFROM --platform=linux/amd64 base:$V AS Build\nRUN a `\n b\nfrom scratch\n',
    'my/Dockerfile',
  );
  t.same(file.directives, { escapeChar: '`', syntax: 'docker/dockerfile:1' });
  t.same(
    file.globalArgs.map(({ args }) => args),
    [[{ name: 'V', value: '1' }]],
  );
  t.same(
    file.stages.map(({ name, from }) => [name, from.image, from.platform]),
    [
      ['build', 'base:$V', 'linux/amd64'],
      ['', 'scratch', undefined],
    ],
  );
  t.same(file.stages[0]?.steps[0]?.code, 'RUN a  b');
  t.same(file.stages[0]?.steps[0]?.place, { line: 6, lastLine: 7 });
});

t.test('text in all shapes', async (t) => {
  t.same(parseDockerfile('\uFEFFFROM a\r\nRUN b \\\r\n c\r\n').stages[0]?.steps[0]?.code, 'RUN b  c');
  t.same(parseDockerfile('# a comment\n# escape=`\nFROM a\n').directives, { escapeChar: '\\' });
  t.same(parseDockerfile('FROM a\nRUN b \\\n\n c').warnings, [
    '[WARNING]: Empty continuation line found in:\n    RUN b  c',
    '[WARNING]: Empty continuation lines will become errors in a future release.',
  ]);
  t.same(
    parseTrigger('COPY a b').map(({ kind }) => kind),
    ['COPY'],
  );
});

/** Text behind `FROM scratch`; line; wrong word; message. */
const FAULTS: [string, number, string | undefined, RegExp][] = [
  ['COPPY a b', 2, 'COPPY', /unknown instruction: COPPY \(did you mean COPY\?\)/],
  ['\n\nXYZZY', 4, 'XYZZY', /unknown instruction: XYZZY$/m],
  ['RUN', 2, 'RUN', /RUN requires at least one argument/],
  ['RUN ["a", 1]', 2, '1', /arrays must be comprised of strings only/],
  ['RUN --mont=x y', 2, '--mont', /unknown flag: --mont \(did you mean mount\?\)/],
  ['RUN --network=lan y', 2, 'lan', /unsupported network mode "lan"/],
  ['RUN --mount=type=bnd,target=/x y', 2, 'bnd', /unsupported mount type "bnd" \(did you mean bind\?\)/],
  ['RUN --mount=target=/x,foo=1 y', 2, 'foo', /unexpected key 'foo' in 'foo=1'/],
  ['RUN --mount=type=cache y', 2, 'cache', /cache mount requires a target/],
  ['RUN <<EOF\nx', 2, 'EOF', /unterminated heredoc/],
  ['COPY a', 2, 'a', /COPY requires at least two arguments, but only one was provided/],
  ['COPY --form=x a b', 2, '--form', /unknown flag: --form \(did you mean from\?\)/],
  ['COPY --from=x --from=y a b', 2, '--from', /Duplicate flag specified: from/],
  ['COPY --link=maybe a b', 2, 'maybe', /Expecting boolean value for flag link, not: maybe/],
  ['COPY --from a b', 2, '--from', /Missing a value on flag: from/],
  ['COPY a <<EOF\nx\nEOF', 2, '<<EOF', /COPY cannot accept a heredoc as a destination/],
  ['ENV a', 2, 'a', /ENV must have two arguments/],
  ['ENV a=1 b', 2, 'b', /can't find = in "b". Must be of the form: name=value/],
  ['ENV =x', 2, '=x', /ENV names can not be blank/],
  ['ARG =x', 2, '=x', /ARG names can not be blank/],
  ['ARG', 2, 'ARG', /ARG requires at least one argument/],
  ['LABEL', 2, undefined, /LABEL requires at least one argument/],
  ['SHELL bash', 2, 'bash', /SHELL requires the arguments to be in JSON form/],
  ['SHELL []', 2, '[]', /SHELL requires at least one argument/],
  ['USER', 2, 'USER', /USER requires exactly one argument/],
  ['WORKDIR --x', 2, '--x', /unknown flag: --x/],
  ['VOLUME [""]', 2, '""', /VOLUME specified can not be an empty string/],
  ['FROM a b', 2, 'b', /FROM requires either one or three arguments/],
  ['FROM a AS 1x', 2, '1x', /invalid name for build stage: "1x"/],
  ['ONBUILD ONBUILD RUN x', 2, 'ONBUILD', /Chaining ONBUILD/],
  ['ONBUILD FROM x', 2, 'FROM', /FROM isn't allowed as an ONBUILD trigger/],
  ['HEALTHCHECK --interval=5 CMD x', 2, '5', /missing unit in duration "5"/],
  ['HEALTHCHECK --interval=1us CMD x', 2, '1us', /cannot be less than 1ms/],
  ['HEALTHCHECK --retries=-1 CMD x', 2, '-1', /--retries cannot be negative/],
  ['HEALTHCHECK TCP x', 2, 'TCP', /Unknown type "TCP" in HEALTHCHECK \(try CMD\)/],
  ['HEALTHCHECK NONE x', 2, 'x', /HEALTHCHECK NONE takes no arguments/],
  ['HEALTHCHECK CMD', 2, 'CMD', /Missing command after HEALTHCHECK CMD/],
];

t.test('faults name file, line and word', async (t) => {
  for (const [text, line, word, message] of FAULTS) {
    t.throws(() => parseDockerfile(`FROM scratch\n${text}`, 'D'), { file: 'D', line, word, message }, text);
  }
});

t.test('faults outside of a stage', async (t) => {
  t.throws(() => parseDockerfile('RUN x'), {
    line: 1,
    word: 'RUN',
    message: /no build stage in current context/,
  });
  t.throws(() => parseDockerfile(''), { message: 'the Dockerfile (Dockerfile) cannot be empty' });
  for (const text of ['# nothing\n', '\n', ' \n\t\n'])
    t.throws(() => parseDockerfile(text), {
      message: 'failed to parse Dockerfile: file with no instructions',
    });
  t.throws(() => parseDockerfile('#escape=x\nFROM a'), {
    line: 1,
    message: /invalid escape token 'x' does not match/,
  });
  t.throws(() => parseDockerfile('#escape=`\n#escape=`\nFROM a'), {
    line: 2,
    message: /only one escape parser/,
  });
  t.throws(() => parseTrigger('FROM x'), { message: /FROM isn't allowed as an ONBUILD trigger/ });
});

t.test('the line is shown with its neighbours and the word underlined', async (t) => {
  const text = 'FROM scratch\n# one\n\tCOPY --form=x a b\n# three\n# four\n# five\n';
  t.throws(() => parseDockerfile(text), {
    message: [
      'dockerfile parse error on line 3: unknown flag: --form (did you mean from?)',
      'Dockerfile:3',
      '   1 |     FROM scratch',
      '   2 |     # one',
      '   3 | >>> \tCOPY --form=x a b',
      '     |     \t     ^^^^^^',
      '   4 |     # three',
      '   5 |     # four',
    ].join('\n'),
  });
});
