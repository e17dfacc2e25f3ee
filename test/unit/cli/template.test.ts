// Go templates as `--format` uses them. The expectations were read off Docker's client.

import t from 'tap';
import { parseTemplate } from '../../../src/cli/output/template/template.ts';

const container = {
  Id: '79f66edb4242',
  Name: '/web',
  RestartCount: 2,
  State: { Running: true, Status: 'running', Pid: 17 },
  Config: { Env: null, Cmd: ['sleep', '1000'], Labels: { x: 'y', a: '<b>' }, Tty: false },
  HostConfig: { PidsLimit: null, PortBindings: null, LogConfig: { Type: 'json-file', Config: {} } },
  Mounts: [
    { Source: '/tmp', RW: false },
    { Source: '/data', RW: true },
  ],
};

t.test('values', async (t) => {
  const rows: [string, string][] = [
    ['plain', 'plain'],
    ['{{.Name}}', '/web'],
    ['{{ .State.Pid }}|{{.State.Running}}', '17|true'],
    ['{{json .State}}', '{"Running":true,"Status":"running","Pid":17}'],
    ['{{.Config.Labels}}', 'map[a:<b> x:y]'],
    [
      '{{.Config.Cmd}} {{.Config.Env}} {{.HostConfig.PortBindings}} {{.HostConfig.PidsLimit}}',
      '[sleep 1000] [] map[] <nil>',
    ],
    ['{{index .Config.Labels "x"}}{{index .Config.Labels "nope"}}', 'y'],
    ['{{.Config.Labels.x}}{{.Config.Labels.nope}}', 'y<no value>'],
    ['{{(index .Mounts 1).Source}}', '/data'],
    ['{{len .Mounts}} {{len .Name}}', '2 4'],
    ['{{range .Mounts}}{{.Source}} {{end}}', '/tmp /data '],
    ['{{range $i, $m := .Mounts}}{{if $i}}, {{end}}{{$i}}={{$m.Source}}{{end}}', '0=/tmp, 1=/data'],
    ['{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}', 'a=<b>;x=y;'],
    ['{{range .Config.Env}}x{{else}}none{{end}}', 'none'],
    ['{{if .State.Health}}h{{else}}n{{end}}', 'n'],
    ['{{if .State.Paused}}p{{else if .State.Running}}r{{else}}s{{end}}', 'r'],
    ['{{with .State}}{{.Status}} {{$.Name}}{{end}}', 'running /web'],
    ['{{with .State.Health}}x{{end}}', ''],
    ['{{$s := .State}}{{$s.Status}}', 'running'],
    ['{{printf "%s-%d %q %5s|%-5s|%03d" .Name .RestartCount "a" "b" "c" 7}}', '/web-2 "a"     b|c    |007'],
    ['{{.Name | upper | printf "%s!"}}', '/WEB!'],
    [
      '{{title "ab cd"}} {{lower "AB"}} {{join .Config.Cmd ","}} {{split "a,b" ","}}',
      'Ab Cd ab sleep,1000 [a b]',
    ],
    ['{{slice .Id 0 5}} {{truncate .Id 3}} {{pad "x" 1 2}}|', '79f66 79f  x  |'],
    [
      '{{eq .Name "/web"}} {{ne 1 2}} {{lt 1 2}} {{and 1 0}} {{or "" "x"}} {{not true}}',
      'true true true 0 x false',
    ],
    ['{{eq .State.Status "exited" "running"}}', 'true'],
    ['{{println "a" 1}}{{print "b"}}', 'a 1\nb'],
    ['a {{- " b " -}} c', 'a b c'],
    ['{{/* a comment */}}x', 'x'],
    ['{{`raw "text"`}} {{"tab\\t."}}', 'raw "text" tab\t.'],
  ];
  for (const [text, expected] of rows) t.equal(parseTemplate(text).render(container, 'map'), expected, text);
});

t.test('what Docker refuses is refused in its words', async (t) => {
  const rows: [string, string][] = [
    ['{{.Foo}}', 'template: :1:2: executing "" at <.Foo>: map has no entry for key "Foo"'],
    [
      '{{.State.Health.Status}}',
      'template: :1:8: executing "" at <.State.Health.Status>: map has no entry for key "Health"',
    ],
    ['{{.Name', 'template: :1: unclosed action'],
    ['{{nope .Name}}', 'template: :1: function "nope" not defined'],
    ['{{range .}}', 'template: :1: unexpected EOF'],
    ['{{end}}', 'template: :1: unexpected {{end}}'],
    ['{{constructor}}', 'template: :1: function "constructor" not defined'],
    [
      '{{.constructor}}',
      'template: :1:2: executing "" at <.constructor>: map has no entry for key "constructor"',
    ],
  ];
  for (const [text, message] of rows) {
    t.throws(() => parseTemplate(text).render(container, 'map'), { message }, text);
  }
});

t.test('a row of a list has a type, and fields with arguments', async (t) => {
  const row = { ID: 'a', Label: (name: string) => `<${name}>` };
  t.equal(parseTemplate('{{.ID}} {{.Label "x"}}').render(row, '*formatter.ContainerContext'), 'a <x>');
  t.throws(() => parseTemplate('{{.Foo}}').render(row, '*formatter.ContainerContext'), {
    message:
      'template: :1:2: executing "" at <.Foo>: can\'t evaluate field Foo in type *formatter.ContainerContext',
  });
});
