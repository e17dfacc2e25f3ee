/** What this engine says of itself. The build defines these names; from source there is no commit and no build. */
declare const SKIFF_VERSION: string | undefined;
declare const SKIFF_COMMIT: string | undefined;
declare const SKIFF_BUILT: string | undefined;

export const ENGINE_VERSION = typeof SKIFF_VERSION === 'string' ? SKIFF_VERSION : '0.1.0';
export const ENGINE_COMMIT = typeof SKIFF_COMMIT === 'string' ? SKIFF_COMMIT : 'unknown';
/** RFC 3339, or ''. */
export const ENGINE_BUILT = typeof SKIFF_BUILT === 'string' ? SKIFF_BUILT : '';
