/** Names of volumes are names of directories, so Docker's grammar for them is a boundary, not a habit. */
import { invalidArgument } from '../core/errors.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
/** NAME_MAX, limits.h. */
const LONGEST = 255;

export function checkName(name: string): void {
  if (name.length === 1)
    throw invalidArgument(
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  if (name.length > LONGEST) throw invalidArgument(`create ${name}: volume name is too long`);
  if (!NAME.test(name))
    throw invalidArgument(
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
}
