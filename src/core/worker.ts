/** Finds the file of a worker thread: beside its source in a checkout, beside the bundle in a build. */
export function workerUrl(importMetaUrl: string, name: string): URL {
  const extension = importMetaUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`./${name}${extension}`, importMetaUrl);
}
