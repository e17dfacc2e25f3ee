/** `docker search`: the index of Docker's registry, or another one that has the same interface (v1 search). */
import { internal } from '../core/errors.ts';
import { step } from '../core/step.ts';
import { DOCUMENT_MAX } from './content-store.ts';
import type { ImageContext } from './context.ts';
import type { RegistryQuery, SearchResult } from './image.ts';
import { RegistryClient } from './registry/client.ts';
import { readLimited } from './registry/http.ts';

const INDEX_HOST = 'index.docker.io';

interface Found {
  name?: string;
  description?: string;
  star_count?: number;
  is_official?: boolean;
}

export function searchRegistry(
  { registry }: ImageContext,
  term: string,
  limit: number,
  { auth, signal }: RegistryQuery,
): Promise<SearchResult[]> {
  return step('image.search', { term }, async () => {
    const { host, words } = splitTerm(term);
    const client = new RegistryClient({ domain: host, registry, auth });
    try {
      const query = new URLSearchParams({ q: words, n: String(limit) });
      const answer = await client.send({
        path: `/../v1/search?${query}`,
        scopes: [],
        needs: 'resolve',
        signal,
      });
      const body = await readLimited(answer.body, DOCUMENT_MAX);
      return resultsIn(body).slice(0, limit);
    } finally {
      await client.close();
    }
  });
}

/** `example.com/nginx` asks example.com for nginx. */
function splitTerm(term: string): { host: string; words: string } {
  const slash = term.indexOf('/');
  const first = slash < 0 ? '' : term.slice(0, slash);
  if (!/[.:]/.test(first) && first !== 'localhost') return { host: INDEX_HOST, words: term };
  const host = first === 'docker.io' ? INDEX_HOST : first;
  return { host, words: term.slice(slash + 1) };
}

function resultsIn(body: Buffer): SearchResult[] {
  let answer: { results?: Found[] };
  try {
    answer = JSON.parse(body.toString());
  } catch (error) {
    throw internal('the registry answered no JSON to a search', error);
  }
  return (answer.results ?? []).map(
    ({ name = '', description = '', star_count = 0, is_official = false }) => ({
      name,
      description,
      stars: star_count,
      official: is_official,
    }),
  );
}
