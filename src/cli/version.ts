// What this client says of itself. The build defines SKIFF_VERSION and SKIFF_COMMIT; from source they are unknown.

declare const SKIFF_VERSION: string | undefined;
declare const SKIFF_COMMIT: string | undefined;

export const clientVersion = typeof SKIFF_VERSION === 'string' ? SKIFF_VERSION : '0.1.0';
export const clientCommit = typeof SKIFF_COMMIT === 'string' ? SKIFF_COMMIT : 'unknown';

/** The newest version of the Docker Engine API that this client knows. */
export const newestApi = '1.55';
