/** Tags of log messages. The expectations were read off dockerd. */
import t from 'tap';
import type { Container } from '../../../../src/daemon/container/container.ts';
import { logAttributes, logTag } from '../../../../src/daemon/container/logging/attributes.ts';

const tagged = (tag: string) =>
  ({
    id: '58932d945967f4caaec228765ef22122d73f37ff27f79c7aa14b0db5b4a69829',
    name: 'lt',
    created: '2026-11-30T15:08:13.367313567Z',
    imageId: 'sha256:b9783c27b3d063702e5d568f4603a50b22908a0c4f90eaab65f57afa0683b090',
    image: 'busybox',
    config: { Entrypoint: ['sh', '-c'], Cmd: ['echo'], Env: ['A=1'], Labels: { tier: 'web', x: 'y' } },
    hostConfig: { LogConfig: { Type: 'json-file', Config: { tag, labels: 'tier' } } },
  }) as unknown as Container;

t.test('a tag says of its container what was asked', async (t) => {
  const rows: [template: string, tag: string][] = [
    ['', '58932d945967'],
    ['{{.ImageName}}/{{ .Name }}/{{.ID}}', 'busybox/lt/58932d945967'],
    ['{{.ImageID}}', 'sha256:b9783'],
    ['{{.ImageFullID}}', 'sha256:b9783c27b3d063702e5d568f4603a50b22908a0c4f90eaab65f57afa0683b090'],
    ['{{.Command}}|{{.DaemonName}}|{{json .ContainerArgs}}', 'sh -c echo|docker|["-c","echo"]'],
    ['{{.ContainerCreated}}', '2026-11-30 15:08:13.367313567 +0000 UTC'],
    ['{{.ExtraAttributes nil}} {{(.ExtraAttributes nil).tier}}', 'map[tier:web] web'],
    ['{{.ExtraAttributes nil | json}}', '{"tier":"web"}'],
    ['{{upper .ID}} {{truncate .Name 1}}{{pad .Name 1 2}}|', '58932D945967 l lt  |'],
    ['{{join (split .ContainerName "/") "+"}} {{title "ab cd" | lower}}', '+lt ab cd'],
    ['{{.ID | printf "%s-%.3s" "a"}}', 'a-589'],
    ['{{range .ContainerArgs}}{{.}};{{end}}{{with .ContainerLabels}}{{.x}}{{end}}', '-c;echo;y'],
    ['{{if .ContainerEnv}}{{index .ContainerEnv 0}}{{end}}', 'A=1'],
  ];
  for (const [template, tag] of rows) t.equal(logTag(tagged(template)), tag, template);
});

t.test('what is no template is refused in Go’s words', async (t) => {
  const rows: [template: string, words: string][] = [
    ['é/{{ .Nope }}', '1:6: executing "log-tag" at <.Nope>: can\'t evaluate field Nope in type *logger.Info'],
    ['a\n{{.Nope}}', '2:2: executing "log-tag" at <.Nope>: can\'t evaluate field Nope in type *logger.Info'],
    ['{{nope .ID}}', '1: function "nope" not defined'],
    ['{{.ID', '1: unclosed action'],
    ['{{}}', '1: missing value for command'],
    [
      '{{.ExtraAttributes}}',
      '1:2: executing "log-tag" at <.ExtraAttributes>: wrong number of args for ExtraAttributes: want 1 got 0',
    ],
  ];
  for (const [template, words] of rows) {
    const refused = { kind: 'invalid-argument', message: `template: log-tag:${words}` };
    t.throws(() => logTag(tagged(template)), refused, template);
  }
});

t.test('a tag is an attribute where one was asked for and says something', async (t) => {
  t.strictSame(logAttributes(tagged('{{.Name}}')), { tag: 'lt', tier: 'web' });
  t.strictSame(logAttributes(tagged('')), { tier: 'web' });
  t.strictSame(logAttributes(tagged('{{if ""}}x{{end}}')), { tier: 'web' });
});
