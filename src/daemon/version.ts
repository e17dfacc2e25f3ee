/** What this engine says of itself. The build defines both names; from source the commit is unknown. */
declare const SKIFF_VERSION: string | undefined;
declare const SKIFF_COMMIT: string | undefined;

export const ENGINE_VERSION = typeof SKIFF_VERSION === 'string' ? SKIFF_VERSION : '0.1.0';
export const ENGINE_COMMIT = typeof SKIFF_COMMIT === 'string' ? SKIFF_COMMIT : 'unknown';
