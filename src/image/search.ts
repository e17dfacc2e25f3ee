/** `docker search`: the index of Docker's registry, or another one that has the same interface (v1 search). */
import { internal } from '../core/errors.ts';
import { step } from '../core/step.ts';
import { DOCUMENT_MAX } from './content-store.ts';
import type { ImageContext } from './context.ts';
import type { RegistryQuery } from './registry/client.ts';
import { RegistryClient } from './registry/client.ts';
import { RegistryError } from './registry/errors.ts';
import { readLimited } from './registry/http.ts';

export interface SearchResult {
  name: string;
  description: string;
  stars: number;
  official: boolean;
}

const INDEX_HOST = 'index.docker.io';

interface Found {
  name?: string | null;
  description?: string | null;
  star_count?: number | null;
  is_official?: boolean | null;
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
    } catch (error) {
      const refused = error instanceof RegistryError && error.status >= 400;
      throw refused ? internal(`Unexpected status code ${error.status}`, error) : error;
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
  const results = parse(body)?.results ?? [];
  if (!Array.isArray(results) || !results.every((found) => typeof found === 'object' && found !== null)) {
    throw internal('the registry answered no list of results to a search');
  }
  return (results as Found[]).map(({ name, description, star_count, is_official }) => ({
    name: name ?? '',
    description: description ?? '',
    stars: star_count ?? 0,
    official: is_official ?? false,
  }));
}

function parse(body: Buffer): { results?: unknown } | null {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw internal('the registry answered no JSON to a search', error);
  }
}
