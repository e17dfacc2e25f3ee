import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { apart, openStep, step } from '../../../src/core/step.ts';
import { TraceCollector } from '../../../src/trace/collector.ts';
import { renderTrace } from '../../../src/trace/render.ts';
import { containersOf, type Trace } from '../../../src/trace/trace.ts';
import { TraceFiles } from '../../../src/trace/trace-file.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));
const ID = 'a'.repeat(64);

function collect(t: { teardown(undo: () => void): void }): Trace[] {
  const traces: Trace[] = [];
  const collector = new TraceCollector((trace) => traces.push(trace));
  t.teardown(() => collector.close());
  return traces;
}

t.test('the steps of one request become one trace, parents first', async (t) => {
  const traces = collect(t);
  const request = openStep('api.request', { method: 'POST' });
  await request?.run(() =>
    step('container.start', { id: ID }, async () => {
      await step('network.join', {}, tick);
      await step('runtime.start', {}, () => Promise.reject(new Error('no runc'))).catch(() => {});
    }),
  );
  request?.finish({ status: 204 });
  request?.finish({ status: 500 });
  await tick();
  t.equal(traces.length, 1);
  const [trace] = traces;
  if (!trace) return;
  t.strictSame(
    trace.spans.map(({ name, parent }) => [name, parent]),
    [
      ['api.request', -1],
      ['container.start', 0],
      ['network.join', 1],
      ['runtime.start', 1],
    ],
  );
  t.match(trace.spans[0]?.attributes, { method: 'POST', status: 204 }, 'only the first end counts');
  t.equal(trace.spans[3]?.error, 'no runc');
  t.strictSame(containersOf(trace), [ID]);
  for (const { parent, start, duration } of trace.spans.slice(1)) {
    const outer = trace.spans[parent];
    t.ok(outer && start >= outer.start, 'a step begins within its parent');
    t.ok(
      outer && start + (duration ?? 0) <= outer.start + (outer.duration ?? 0) + 0.002,
      'and ends within it',
    );
  }
  const text = renderTrace(trace);
  t.match(text, /container\.start {2}id=aaaaaaaaaaaa$/m);
  t.match(text, /runtime\.start\s+✗ no runc$/m);
});

t.test('command lines stand below their step, whole', (t) => {
  const attributes = { id: ID, argv: `runc run ${ID}`, path: `/bundles/${ID}`, instead: 'runc kill x' };
  const spans = [{ name: 'runtime.runc.run', parent: -1, start: 1, duration: 2, attributes }];
  t.equal(
    renderTrace({ time: 'now', spans }),
    [
      'now',
      '     1.00      2.00 ms  runtime.runc.run  id=aaaaaaaaaaaa path=/bundles/aaaaaaaaaaaa',
      `                          $ runc run ${ID}`,
      '                          ≙ runc kill x\n',
    ].join('\n'),
  );
  t.end();
});

t.test('what goes on afterwards is a trace of its own', async (t) => {
  const traces = collect(t);
  await step('container.start', { id: ID }, async () => {
    await step('runtime.start', {}, tick);
    apart(() => step('container.exit', { id: ID }, () => step('container.release', {}, tick)));
  });
  await tick();
  await tick();
  await tick();
  t.strictSame(traces.map(({ spans }) => spans[0]?.name).sort(), ['container.exit', 'container.start']);
});

t.test('a file keeps the newest traces, and stands a line that a crash has cut', async (t) => {
  const files = new TraceFiles();
  const path = join(t.testdir({}), 'trace');
  const written = Array.from({ length: 200 }, async (_, i) => files.append(path, trace(`t${i}`)));
  await files.close();
  await Promise.all(written);
  appendFileSync(path, '{"time":"20');
  const kept = await files.read(path);
  t.equal(kept.at(-1)?.spans[0]?.name, 't199');
  t.ok(kept.length > 50 && kept.length < 200, `${kept.length} of 200 are kept`);
  t.ok(statSync(path).size < 256 * 1024);
  await files.append('/nonexistent/trace', trace('x'));
  t.strictSame(await files.read('/nonexistent/trace'), []);
});

t.test('traces that follow one another are written together, at once for who reads', async (t) => {
  const files = new TraceFiles();
  const path = join(t.testdir({}), 'trace');
  const names = async () => (await files.read(path)).map(({ spans }) => spans[0]?.name);
  const written = [files.append(path, trace('a')), files.append(path, trace('b'))];
  await tick();
  t.notOk(existsSync(path), 'they wait for more');
  t.strictSame(await names(), ['a', 'b'], 'but not for a reader');
  await Promise.all(written);
  await files.append(path, trace('c'));
  t.match(readFileSync(path, 'utf8'), /"c"/, 'nor for ever');
  t.strictSame(await names(), ['a', 'b', 'c']);
});

function trace(name: string): Trace {
  const span = { name, parent: -1, start: 0, duration: 1, attributes: { filler: 'x'.repeat(2000) } };
  return { time: '2026-01-01T00:00:00Z', spans: [span] };
}
