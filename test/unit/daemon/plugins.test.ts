import { PassThrough } from 'node:stream';
import { type FastifyInstance, fastify } from 'fastify';
import t from 'tap';
import Type from 'typebox';
import { ContainerCreateRequest } from '../../../src/api/container.ts';
import { InvalidFilter } from '../../../src/api/query.ts';
import { repeatable } from '../../../src/api/schema.ts';
import { EngineError, type ErrorKind } from '../../../src/core/errors.ts';
import { bodies } from '../../../src/daemon/plugins/bodies.ts';
import { errors, STATUS } from '../../../src/daemon/plugins/errors.ts';
import { headers } from '../../../src/daemon/plugins/headers.ts';
import { streamType } from '../../../src/daemon/plugins/hijack.ts';
import { OPERATIONS } from '../../../src/daemon/plugins/operations.ts';
import { path, rewriteUrl } from '../../../src/daemon/plugins/path.ts';
import { readiness } from '../../../src/daemon/plugins/readiness.ts';
import { unservedError } from '../../../src/daemon/plugins/unbuilt.ts';
import { validation } from '../../../src/daemon/plugins/validation.ts';

function buildApp(): FastifyInstance {
  const app: FastifyInstance = fastify({ rewriteUrl, routerOptions: { maxParamLength: 4096 } });
  errors(app);
  headers(app, '1.2.3');
  path(app);
  bodies(app);
  validation(app);
  app.get('/version', async (request) => ({ version: request.apiVersion }));
  app.get('/images/:name/json', async ({ params }) => params);
  app.get('/images/json', async () => 'the list');
  app.delete('/images/:name', async ({ params }) => params);
  app.post('/images/:name/tag', async ({ params }) => params);
  app.post('/create', { schema: { body: ContainerCreateRequest } }, async ({ body }) => body);
  app.post('/stream', async ({ body }) => body instanceof PassThrough || typeof body);
  app.get<{ Params: { kind: ErrorKind } }>('/fail/:kind', async ({ params }) => {
    throw new EngineError(params.kind, `it is ${params.kind}`);
  });
  app.get('/filter', async () => {
    throw new InvalidFilter("invalid filter 'x'");
  });
  app.get('/undone', async () => {
    const cause = new EngineError('conflict', 'first');
    throw new AggregateError([cause, new Error('second')], 'both', { cause });
  });
  const any = { schema: { body: ContainerCreateRequest }, config: { anyContentType: true } };
  app.post('/any', any, async ({ body }) => body);
  const numbers = Type.Intersect([Type.Object({ n: Type.String() }), repeatable('all')]);
  app.get('/number', { schema: { querystring: numbers } }, async ({ query }) => query);
  return app;
}

t.test('each kind of error has its status, and the body is a message', async (t) => {
  const app = buildApp();
  for (const [kind, status] of Object.entries(STATUS)) {
    const answer = await app.inject(`/fail/${kind}`);
    t.equal(answer.statusCode, status, kind);
    t.equal(answer.body, kind === 'not-modified' ? '' : JSON.stringify({ message: `it is ${kind}` }));
  }
  const filter = await app.inject('/filter');
  t.strictSame([filter.statusCode, filter.json()], [400, { message: "invalid filter 'x'" }]);
  t.equal((await app.inject('/undone')).statusCode, 409, 'an error with failed clean-up keeps its kind');
});

t.test('the version in the path', async (t) => {
  const app = buildApp();
  const rows: [string, number, object][] = [
    ['/version', 200, { version: '1.55' }],
    ['/v1.24/version', 200, { version: '1.24' }],
    ['/v1.55/version?x=/v1.30/', 200, { version: '1.55' }],
    [
      '/v1.56/version',
      400,
      { message: 'client version 1.56 is too new. Maximum supported API version is 1.55' },
    ],
    [
      '/v1.23/version',
      400,
      {
        message:
          'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
      },
    ],
    ['/v1.2.3/version', 400, { message: 'invalid API version: 1.2.3' }],
    ['/v1.44', 404, { message: 'page not found' }],
    ['/v4.3.1/libpod/_ping', 404, { message: 'page not found' }],
    ['/nope', 404, { message: 'page not found' }],
    ['/v1.44/nodes', 503, {}],
  ];
  for (const [url, status, body] of rows) {
    const answer = await app.inject(url);
    t.equal(answer.statusCode, status, url);
    t.match(answer.json(), body, url);
    t.equal(answer.headers['api-version'], '1.55');
    t.equal(answer.headers.server, 'Skiff/1.2.3 (linux)');
  }
});

t.test('image names with slashes are one parameter', async (t) => {
  const app = buildApp();
  const rows = [
    ['GET', '/images/a/json', 'a'],
    ['GET', '/v1.44/images/localhost:5000/a/b:1/json?x=1', 'localhost:5000/a/b:1'],
    ['GET', '/images/a%2Fb/json', 'a/b'],
    ['GET', '/images/json/json', 'json'],
    ['GET', `/images/a/b@sha256:${'0'.repeat(64)}/json`, `a/b@sha256:${'0'.repeat(64)}`],
    ['DELETE', '/images/a/b:1', 'a/b:1'],
    ['POST', '/images/a/b/tag?repo=c/d', 'a/b'],
  ] as const;
  for (const [method, url, name] of rows) {
    const answer = await app.inject({ method, url });
    t.strictSame(answer.json(), { name }, `${method} ${url}`);
  }
  t.equal((await app.inject('/images/json')).body, 'the list');
});

t.test('JSON bodies: null fields, unknown fields; no other content type', async (t) => {
  const app = buildApp();
  const body = {
    Image: 'x',
    Cmd: 'true',
    Tty: null,
    HostConfig: { Memory: 5, PortBindings: { '80/tcp': null } },
  };
  const post = (url: string, type: string | undefined, payload: string) =>
    app.inject({ method: 'POST', url, payload, headers: type === undefined ? {} : { 'content-type': type } });
  const json = JSON.stringify({ ...body, Foo: 1 });
  for (const type of ['application/json', 'Application/JSON; charset=utf-8'])
    t.strictSame((await post('/create', type, json)).json(), body, type);
  const refused: [string | undefined, string][] = [
    ['text/plain', "unsupported Content-Type header (text/plain): must be 'application/json'"],
    [undefined, 'malformed Content-Type header (): mime: no media type'],
  ];
  for (const [type, message] of refused) {
    const answer = await post('/create', type, json);
    t.strictSame([answer.statusCode, answer.json()], [400, { message }], type ?? 'none');
  }
  t.strictSame((await app.inject({ method: 'POST', url: '/create' })).json(), {}, 'no body at all');
  t.strictSame((await post('/create', 'application/json', '')).json(), {}, 'an empty one');
  t.equal((await post('/any', 'text/plain', json)).statusCode, 200, 'where the route says so');
});

t.test("what is no JSON is said in Go's words", async (t) => {
  const rows: [string, string][] = [
    ['{invalid json', "invalid JSON: invalid character 'i' looking for beginning of object key string"],
    ['{"a":1,}', "invalid JSON: invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid JSON: invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid JSON: invalid character '"' after object key:value pair`],
    ["{'a'}", String.raw`invalid JSON: invalid character '\'' looking for beginning of object key string`],
    ['[1 2]', "invalid JSON: invalid character '2' after array element"],
    ['[,]', "invalid JSON: invalid character ',' looking for beginning of value"],
    ['nul!', "invalid JSON: invalid character '!' in literal null (expecting 'l')"],
    ['-x', "invalid JSON: invalid character 'x' in numeric literal"],
    ['[1.]', "invalid JSON: invalid character ']' after decimal point in numeric literal"],
    ['[1e+]', "invalid JSON: invalid character ']' in exponent of numeric literal"],
    ['"\n"', String.raw`invalid JSON: invalid character '\n' in string literal`],
    ['"\u0001"', String.raw`invalid JSON: invalid character '\x01' in string literal`],
    [String.raw`"\q"`, "invalid JSON: invalid character 'q' in string escape code"],
    [
      String.raw`"\u00g0"`,
      String.raw`invalid JSON: invalid character 'g' in \u hexadecimal character escape`,
    ],
    ['é', "invalid JSON: invalid character 'Ã' looking for beginning of value"],
    ['{"a":"b', 'invalid JSON: unexpected EOF'],
    ['{} trailing', 'unexpected content after JSON'],
    [' ', 'invalid JSON: got EOF while reading request body'],
  ];
  const app = buildApp();
  for (const [payload, message] of rows) {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/create', payload, headers });
    t.strictSame([answer.statusCode, answer.json()], [400, { message }], payload);
  }
});

t.test('of a parameter that is said twice the first counts, but where a list is meant', async (t) => {
  const answer = await buildApp().inject('/number?n=1&n=2&all=1&all=2');
  t.strictSame(answer.json(), { n: '1', all: ['1', '2'] });
});

t.test('fields are known in any case, as Go reads them; keys of maps stay', async (t) => {
  const payload = {
    image: 'x',
    cmd: ['a'],
    Labels: { image: 'y' },
    hostconfig: { memory: 5, Memory: 6, portBindings: { '80/tcp': [{ HostIP: '::1' }] } },
    networkingConfig: { endpointsconfig: { NET: { macaddress: 'm' } } },
  };
  const answer = await buildApp().inject({ method: 'POST', url: '/create', payload });
  t.strictSame(answer.json(), {
    Labels: { image: 'y' },
    Image: 'x',
    Cmd: ['a'],
    HostConfig: { Memory: 6, PortBindings: { '80/tcp': [{ HostIp: '::1' }] } },
    NetworkingConfig: { EndpointsConfig: { NET: { MacAddress: 'm' } } },
  });
});

t.test('what is wrong with a body is said by field', async (t) => {
  const app = buildApp();
  const rows: [string, RegExp][] = [
    ['{"HostConfig":{"Memory":"5"}}', /^invalid request body: HostConfig\.Memory must be integer$/],
    ['{"Cmd":5}', /^invalid request body: Cmd must be array or string$/],
    [
      '{"HostConfig":{"Mounts":[{"Target":5}]}}',
      /^invalid request body: HostConfig\.Mounts\.0\.Target must be string$/,
    ],
    ['[]', /^invalid request body: must be object$/],
  ];
  for (const [payload, message] of rows) {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/create', payload, headers });
    t.equal(answer.statusCode, 400);
    t.match(answer.json().message, message, payload);
  }
  t.match((await app.inject('/number')).json().message, /^invalid query: /);
});

t.test('a route without a body schema gets the stream', async (t) => {
  const answer = await buildApp().inject({
    method: 'POST',
    url: '/stream',
    payload: 'bytes',
    headers: { 'content-type': 'application/x-tar' },
  });
  t.equal(answer.body, 'object');
});

t.test('every operation of the API that no route serves is answered in words', async (t) => {
  t.equal(OPERATIONS.length, 108);
  for (const operation of OPERATIONS) {
    const [method = '', template = ''] = operation.split(' ');
    const error = unservedError(method, `${template.replaceAll(/\{\w+\}/g, 'a%2Fb')}?x=1`);
    t.match(error.kind, /^(not-implemented|unavailable)$/, operation);
  }
  t.equal(unservedError('GET', '/nope').kind, 'not-found');
  t.equal(unservedError('PUT', '/info').kind, 'not-found');
  t.match(unservedError('POST', '/containers/a/checkpoints'), {
    kind: 'not-implemented',
    message: /^checkpoints/,
  });
});

t.test('names of streams', async (t) => {
  t.equal(streamType('1.42', true), 'application/vnd.docker.multiplexed-stream');
  t.equal(streamType('1.41', true), 'application/vnd.docker.raw-stream');
  t.equal(streamType('1.55', false), 'application/vnd.docker.raw-stream');
});

t.test('requests wait until the containers are known again, a ping does not', async (t) => {
  for (const error of [undefined, new EngineError('unavailable', 'it cannot be restored')]) {
    const restored = Promise.withResolvers<void>();
    const app: FastifyInstance = fastify({ rewriteUrl });
    errors(app);
    readiness(app, restored.promise);
    path(app);
    app.get('/_ping', async () => 'OK');
    app.get('/info', async () => 'all of it');
    let answered = false;
    const info = app.inject('/v1.44/info').then((answer) => {
      answered = true;
      return answer;
    });
    t.equal((await app.inject('/v1.44/_ping')).body, 'OK');
    t.notOk(answered);
    if (error) restored.reject(error);
    else restored.resolve();
    t.equal((await info).statusCode, error ? 503 : 200);
  }
});

t.test('fields that the schema does not know are left out, entries of maps are not', async (t) => {
  const payload = {
    Image: 'x',
    Runtime: 'y',
    Labels: { any: 'thing' },
    ExposedPorts: { '80/tcp': {} },
    HostConfig: { Nope: 1, Binds: ['/a:/b'], PortBindings: { '80/tcp': [{ HostPort: '1', More: 2 }] } },
    NetworkingConfig: { EndpointsConfig: { n: { Aliases: ['a'], Else: 3 } } },
  };
  const answer = await buildApp().inject({ method: 'POST', url: '/create', payload });
  t.strictSame(answer.json(), {
    Image: 'x',
    Labels: { any: 'thing' },
    ExposedPorts: { '80/tcp': {} },
    HostConfig: { Binds: ['/a:/b'], PortBindings: { '80/tcp': [{ HostPort: '1' }] } },
    NetworkingConfig: { EndpointsConfig: { n: { Aliases: ['a'] } } },
  });
});

t.test('a document that is too deep', async (t) => {
  const post = (payload: string) =>
    buildApp().inject({
      method: 'POST',
      url: '/create',
      payload,
      headers: { 'content-type': 'application/json' },
    });
  for (const payload of ['['.repeat(500_000), `{"Labels":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`]) {
    const answer = await post(payload);
    t.strictSame([answer.statusCode, answer.json()], [400, { message: 'invalid JSON: exceeded max depth' }]);
  }
  const brackets = JSON.stringify({ Image: `\\"${'['.repeat(5000)}` });
  t.equal((await post(brackets)).body, brackets, 'in a text they are letters');
  const long = JSON.stringify({ Image: 'x'.repeat(10_000_000) });
  t.equal((await post(long)).statusCode, 200);
  const began = performance.now();
  const quotes = await post(`"${'\\"'.repeat(1_000_000)}`);
  t.equal(quotes.statusCode, 400);
  t.ok(performance.now() - began < 5000, 'however many quotes: it is read once');
});
