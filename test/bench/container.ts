/** Containers of the benchmark: what lines do over the API again and again. */
import type { Api } from './api-client.ts';

export interface Wanted {
  cmd?: string[];
  network?: string;
  name?: string;
  /** Further fields of the create request. */
  config?: Record<string, unknown>;
  hostConfig?: Record<string, unknown>;
}

export async function create(
  api: Api,
  { cmd = ['sleep', '86400'], network = 'none', name, config, hostConfig }: Wanted = {},
) {
  const query = name === undefined ? '' : `?name=${name}`;
  const { Id } = await api.call<{ Id: string }>('POST', `/containers/create${query}`, {
    Image: 'busybox',
    Cmd: cmd,
    ...config,
    HostConfig: { NetworkMode: network, ...hostConfig },
  });
  return Id;
}

export async function run(api: Api, wanted: Wanted = {}): Promise<string> {
  const id = await create(api, wanted);
  await api.call('POST', `/containers/${id}/start`);
  return id;
}

export async function remove(api: Api, ...ids: string[]): Promise<void> {
  for (const id of ids) await api.call('DELETE', `/containers/${id}?force=1`);
}

/** Milliseconds that something takes. */
export async function time(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}

/** At most `limit` at once. */
export async function atOnce<T, R>(items: T[], limit: number, task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) results[index] = await task(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
