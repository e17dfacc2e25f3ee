// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the dollars are a Dockerfile's, not ours.
/** The graph of stages: what is needed, what stands on what. */
import t from 'tap';
import { parseDockerfile } from '../../../src/image/builder/dockerfile/parse.ts';
import { planStages } from '../../../src/image/builder/stages/plan.ts';
import { platformArgs } from '../../../src/image/builder/stages/platform.ts';

function plan(text: string, target?: string, given: Record<string, string> = {}) {
  const host = { os: 'linux', architecture: 'amd64' };
  const args = {
    given: new Map(Object.entries(given)),
    global: platformArgs(host, host),
    declared: new Map(),
  };
  return planStages(parseDockerfile(text), args, target);
}

const shape = (text: string, target?: string) =>
  plan(text, target).stages.map(({ stage, base, needs }) => [stage.index, base.kind, needs]);

const DIAMOND = `
FROM base AS a
FROM a AS left
RUN l
FROM a AS right
FROM scratch AS unneeded
COPY --from=left / /
FROM scratch
COPY --from=left /x /
COPY --from=2 /y /
COPY --from=busybox:1 /z /
`;

t.test('only what the target needs', async (t) => {
  t.same(shape(DIAMOND), [
    [0, 'image', []],
    [1, 'stage', [0]],
    [2, 'stage', [0]],
    [4, 'scratch', [1, 2]],
  ]);
  t.same(shape(DIAMOND, 'LEFT'), [
    [0, 'image', []],
    [1, 'stage', [0]],
  ]);
  t.same(shape(DIAMOND, '0'), [[0, 'image', []]]);
  t.same(shape('FROM x AS m\nFROM scratch\nRUN --mount=from=m,target=/m true'), [
    [0, 'image', []],
    [1, 'scratch', [0]],
  ]);
});

t.test('the base by arguments', async (t) => {
  const base = (text: string, given = {}) => plan(text, undefined, given).stages.at(-1)?.base;
  t.same(base('ARG V=1\nFROM img:$V'), { kind: 'image', reference: 'img:1', platform: undefined });
  t.match(base('ARG V=1\nFROM img:$V', { V: '2' }), { reference: 'img:2' });
  t.match(base('ARG A=x\nARG B=${A}-y\nFROM $B'), { reference: 'x-y' });
  t.match(base('FROM --platform=$BUILDPLATFORM img'), { platform: 'linux/amd64' });
  t.match(base('FROM img-$TARGETARCH'), { reference: 'img-amd64' });
  t.match(base('FROM a AS One\nFROM ONE'), { kind: 'stage', index: 0 });
  t.match(base('FROM a AS b\nFROM b AS b\nFROM b'), { kind: 'stage', index: 1 });
  t.match(plan('FROM a AS b\nFROM c AS b').warnings, [/Duplicate stage name "b"/]);
});

t.test('faults', async (t) => {
  const rows: [string, string | undefined, RegExp][] = [
    ['FROM $NONE', undefined, /line 1: base name \(\$NONE\) should not be blank/],
    ['FROM a\nCOPY --from=5 x y', undefined, /line 2: invalid from flag value 5/],
    ['FROM a\nCOPY --from=late x y\nFROM b AS late', undefined, /line 2: cannot copy from stage "late"/],
    [
      'FROM a AS build\nFROM b',
      'biuld',
      /failed to reach build target biuld in Dockerfile \(did you mean build\?\)/,
    ],
    ['ARG x', undefined, /^no build stage in current context$/],
  ];
  for (const [text, target, message] of rows) t.throws(() => plan(text, target), { message }, text);
});
