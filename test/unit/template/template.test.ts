// Go templates as `--format` uses them. The expectations were read off Docker's client.

import t from 'tap';
import { parseTemplate } from '../../../src/template/template.ts';

const container = {
  Id: '79f66edb4242',
  Name: '/web',
  RestartCount: 2,
  State: { Running: true, Status: 'running', Pid: 17 },
  NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] } },
  Config: {
    ExposedPorts: { '80/tcp': {} },
    Env: null,
    Cmd: ['sleep', '1000'],
    Labels: { x: 'y', a: '<b>' },
    Tty: false,
  },
  HostConfig: {
    RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
    PidsLimit: null,
    PortBindings: null,
    LogConfig: { Type: 'json-file', Config: {} },
  },
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
    ['{{range .Config.Cmd}}{{.}}{{break}}{{end}}', 'sleep'],
    ['{{range .Config.Cmd}}{{if eq . "sleep"}}{{continue}}{{end}}{{.}}{{end}}', '1000'],
    ['{{range .Mounts}}{{range $.Config.Cmd}}{{break}}{{end}}{{.Source}} {{end}}', '/tmp /data '],
    ['{{define "x"}}<{{.}}>{{end}}{{template "x" .Name}}{{template "x"}}', '</web><<no value>>'],
    ['{{block "x" .State}}{{.Status}}{{end}}', 'running'],
    ['{{$n := 1}}{{if true}}{{$n = 2}}{{end}}{{$n}}', '2'],
    ['{{print 1 2 "a" "b" 3}}', '1 2ab3'],
    ['{{printf "%T %T %T" .Name .RestartCount .Config.Labels}}', 'string int map[string]string'],
    ['{{printf "%d %s %z" .Name 1 2}}', '%!d(string=/web) %!s(int=1) %!z(int=2)'],
    ['{{printf "a" 1 "b"}} {{printf "%q" .Config.Cmd}}', 'a%!(EXTRA int=1, string=b) ["sleep" "1000"]'],
    [`{{html "<a b='c'>"}}`, '&lt;a b=&#39;c&#39;&gt;'],
    // What Go's types know and JSON does not say.
    [
      '{{.State.Health}} {{json .State.Health}} {{.HostConfig.Tmpfs}} {{json .HostConfig.Tmpfs}}',
      '<nil> null map[] null',
    ],
    ['{{.HostConfig.LogConfig}} {{.HostConfig.RestartPolicy}}', '{json-file map[]} {always 0}'],
    ['{{.NetworkSettings.Ports}}', 'map[80/tcp:[{0.0.0.0 8080}]]'],
    ['{{.Config.ExposedPorts}}', 'map[80/tcp:{}]'],
    [
      '{{.Config.User}}|{{.Config.WorkingDir}}|{{.Config.OnBuild}}|{{.Parent}}|{{len .Config.Volumes}}',
      '||[]||0',
    ],
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
    ['{{}}', 'template: :1: missing value for command'],
    ['{{.Name}', "template: :1: bad character U+007D '}'"],
    ['{{if .Name}}{{$x := 1}}{{end}}{{$x}}', 'template: :1: undefined variable "$x"'],
    ['{{break}}', 'template: :1: {{break}} outside {{range}}'],
    ['{{define "x"}}', 'template: :1: unexpected EOF'],
    ['{{template "x"}}', 'template: :1:11: executing "" at <{{template "x"}}>: template "x" not defined'],
    ['{{nil}}', 'template: :1:2: executing "" at <nil>: nil is not a command'],
    ['{{range .Name}}{{end}}', 'template: :1:8: executing "" at <.Name>: range can\'t iterate over /web'],
    [
      '{{index .Config.Cmd 9}}',
      'template: :1:2: executing "" at <index .Config.Cmd 9>: error calling index: index out of range: 9',
    ],
    [
      '{{.Name.X}}',
      'template: :1:7: executing "" at <.Name.X>: can\'t evaluate field X in type interface {}',
    ],
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
