/** `POST /skiff/fsck`: an extension of ours. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { FsckQuery, FsckReport } from '../../../api/fsck.ts';
import { flag } from '../../../api/query.ts';
import type { Engine } from '../../engine.ts';
import { checkStore } from '../../system/check.ts';

export function imageChecks(instance: FastifyInstance, engine: Engine): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/skiff/fsck',
    { schema: { querystring: FsckQuery, response: { 200: FsckReport } } },
    async ({ query }) => {
      const { checked, problems } = await checkStore(engine, { repair: flag(query.repair) });
      const Problems = problems.map(({ kind, name, problem, repaired }) => {
        return { Kind: kind, Name: name, Problem: problem, Repaired: repaired };
      });
      return { Checked: checked, Problems };
    },
  );
}
