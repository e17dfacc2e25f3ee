/** The platforms that a client asks for: in JSON (`{"os":"linux","architecture":"arm64"}`) or as people write them. */
import { list } from '../../../api/query.ts';
import { invalidArgument } from '../../../core/errors.ts';
import type { Platform } from '../../../image/oci.ts';
import { parsePlatform } from '../../../image/platform.ts';

/** Undefined if none is named. Throws `invalid-argument` for several, or for nonsense. */
export function platformOf(given: string | string[] | undefined): Platform | undefined {
  const [platform, ...more] = platformsOf(given);
  if (more.length > 0) throw invalidArgument('only one platform can be chosen');
  return platform;
}

/** Throws `invalid-argument` for nonsense. */
export function platformsOf(given: string | string[] | undefined): Platform[] {
  return list(given)
    .filter((text) => text !== '')
    .map((text) => (text.startsWith('{') ? platformIn(text) : parsePlatform(text)));
}

function platformIn(text: string): Platform {
  try {
    const { os, architecture, variant } = JSON.parse(text) as Partial<Platform>;
    return parsePlatform([os, architecture, variant].filter(Boolean).join('/'));
  } catch (error) {
    throw invalidArgument(`invalid platform ${text}`, error);
  }
}
