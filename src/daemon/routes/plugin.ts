/** Managed plugins: there are none, and none can be installed yet. Clients that look for one are told so in Docker's words. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { NameParams } from '../../api/schema.ts';
import { notFound } from '../../core/errors.ts';

export async function pluginRoutes(instance: FastifyInstance): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get('/plugins', () => Promise.resolve([]));

  app.get('/plugins/:name/json', { schema: { params: NameParams } }, ({ params }) =>
    Promise.reject(notFound(`plugin "${params.name}" not found`)),
  );
}
