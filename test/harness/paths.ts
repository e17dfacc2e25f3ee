/** Places of the checkout that tests use. */
import { join } from 'node:path';

export const checkout = join(import.meta.dirname, '../..');
/** Kept between runs, ignored by git: fetched clients, the built-in image. */
export const cache = join(checkout, '.cache');
export const skiff = join(checkout, 'scripts/skiff');
export const skiffd = join(checkout, 'scripts/skiffd');
