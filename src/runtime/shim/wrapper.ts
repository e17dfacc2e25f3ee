/**
 * The program that conmon takes for its runtime where it cannot call runc itself: when clients attach first, and for
 * another runtime, which need not take an option twice. conmon always calls `create`; `runc run -d` does create and start
 * in one process, at 1.17× the cost of a plain `runc run` against 1.81× for create, start and delete one by one.
 */
import { writeFileAtomic } from '../../core/json-file.ts';
import type { RuncAt } from '../runc/argv.ts';

/** Told to the wrapper when somebody attaches first: it reports that the attach socket listens, then waits for a line. */
export const GATE_VARIABLE = 'SKIFF_GATE';
/** Descriptors of shim and wrapper, from 3 on: both ends of the sync pipe, and the gate's two. */
export const FD = { syncWrite: 3, syncRead: 4, gateReady: 5, gateGo: 6 } as const;

/** Runs the script, which cannot be run by itself: systemd mounts /run with noexec. */
export const SHELL = '/bin/sh';

/** Arguments: runtime program, its state root, its log; then what conmon adds. No input is ever put into the text. */
const SCRIPT = `# Called by conmon as: RUNTIME ROOT LOG create --bundle B --pid-file P [--console-socket S] ID
runtime=$1 root=$2 log=$3
shift 4
exec ${FD.syncRead}<&-
if [ -n "$${GATE_VARIABLE}" ]; then
  echo ready >&${FD.gateReady} && read -r go <&${FD.gateGo} || exit 1
  exec ${FD.gateReady}>&- ${FD.gateGo}<&-
fi
exec "$runtime" --root "$root" --log "$log" --log-format json run --detach "$@"
`;

export function wrappedArgv(wrapper: string, { path, root, log }: RuncAt): string[] {
  return [SHELL, wrapper, path, root, log];
}

export function writeWrapper(path: string): void {
  writeFileAtomic(path, SCRIPT, { mode: 0o644 });
}
