// The columns of `skiff container execs`.

import type { ExecInspectResponse } from '../../api/exec.ts';
import { ellipsis, shortId } from '../output/table.ts';
import type { View } from '../output/view.ts';

export function execView(full: boolean): View<ExecInspectResponse> {
  return {
    fields: {
      Command: ['COMMAND', ({ ProcessConfig }) => JSON.stringify(commandOf(ProcessConfig, full))],
      ContainerID: ['CONTAINER ID', (exec) => (full ? exec.ContainerID : shortId(exec.ContainerID))],
      ID: ['EXEC ID', (exec) => (full ? exec.ID : shortId(exec.ID))],
      Pid: ['PID', (exec) => (exec.Running ? String(exec.Pid) : '')],
      Status: ['STATUS', statusOf],
      Tty: ['TTY', ({ ProcessConfig }) => String(ProcessConfig.tty)],
      User: ['USER', ({ ProcessConfig }) => ProcessConfig.user ?? ''],
    },
    columns: ['ID', 'Command', 'Pid', 'User', 'Status'],
    quiet: 'ID',
    type: 'execs.row',
  };
}

function commandOf(process: ExecInspectResponse['ProcessConfig'], full: boolean): string {
  const line = [process.entrypoint, ...(process.arguments ?? [])].join(' ');
  return full ? line : ellipsis(line, 40);
}

function statusOf({ Running, ExitCode }: ExecInspectResponse): string {
  if (Running) return 'Running';
  return ExitCode === null || ExitCode === undefined ? 'Created' : `Exited (${ExitCode})`;
}
