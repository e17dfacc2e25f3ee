import { PassThrough } from 'node:stream';
import { type FastifyInstance, fastify } from 'fastify';
import t from 'tap';
import Type from 'typebox';
import { ContainerCreateRequest } from '../../../src/api/container.ts';
import { InvalidFilter } from '../../../src/api/query.ts';
import { EngineError, type ErrorKind } from '../../../src/core/errors.ts';
import { bodies } from '../../../src/daemon/plugins/bodies.ts';
import { errors, STATUS } from '../../../src/daemon/plugins/errors.ts';
import { headers } from '../../../src/daemon/plugins/headers.ts';
import { streamType } from '../../../src/daemon/plugins/hijack.ts';
import { OPERATIONS } from '../../../src/daemon/plugins/operations.ts';
import { path, rewriteUrl } from '../../../src/daemon/plugins/path.ts';
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
  app.get('/number', { schema: { querystring: Type.Object({ n: Type.String() }) } }, async () => 'ok');
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

t.test('JSON bodies: any content type or none, null fields, unknown fields', async (t) => {
  const app = buildApp();
  const body = {
    Image: 'x',
    Cmd: 'true',
    Tty: null,
    HostConfig: { Memory: 5, PortBindings: { '80/tcp': null } },
    Foo: 1,
  };
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', undefined]) {
    const answer = await app.inject({
      method: 'POST',
      url: '/create',
      payload: JSON.stringify(body),
      ...(type && { headers: { 'content-type': type } }),
    });
    t.strictSame(answer.json(), body, type ?? 'none');
  }
  t.strictSame((await app.inject({ method: 'POST', url: '/create' })).json(), {}, 'no body at all');
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
    HostConfig: { Memory: 6, memory: 5, PortBindings: { '80/tcp': [{ HostIp: '::1' }] } },
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
    ['{', /^invalid JSON: /],
  ];
  for (const [payload, message] of rows) {
    const answer = await app.inject({ method: 'POST', url: '/create', payload });
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
