/** The description of the API is made of the routes' own schemas, when it is asked for. */
import { fastify } from 'fastify';
import t from 'tap';
import { Type } from 'typebox';
import { noCompilers, validation } from '../../../src/daemon/plugins/validation.ts';
import { openapiRoutes } from '../../../src/daemon/routes/openapi.ts';

t.test('routes are described', async (t) => {
  const app = fastify({ schemaController: noCompilers });
  t.teardown(() => app.close());
  validation(app);
  await openapiRoutes(app);
  const schema = {
    params: Type.Object({ name: Type.String() }),
    response: { 200: Type.Object({ Driver: Type.String() }) },
  };
  app.get('/volumes/:name', { schema }, async () => ({ Driver: 'local' }));
  app.get('/secret', { schema: { hide: true } }, async () => '');

  const document = (await app.inject('/openapi.json')).json();
  t.equal(document.openapi, '3.1.0');
  t.strictSame(Object.keys(document.paths), ['/volumes/{name}']);
  const { get } = document.paths['/volumes/{name}'];
  t.strictSame(get.tags, ['volumes']);
  t.match(get.parameters, [{ in: 'path', name: 'name', required: true }]);
  t.strictSame(Object.keys(get.responses), ['200', 'default']);
  t.strictSame((await app.inject('/openapi.json')).json(), document, 'and again');
});
