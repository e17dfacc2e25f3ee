// Names of things within the paths of the API.

/** A name within a URL path; slashes of an image reference stay. */
export function inPath(name: string): string {
  return encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%40', '@');
}
