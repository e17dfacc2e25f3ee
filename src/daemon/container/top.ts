/** `docker top`: the host's ps(1) with the person's arguments, cut down to the processes of the container. */
import type { ContainerTopResponse } from '../../api/container.ts';
import { conflict, invalidArgument, unavailable } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';
import { type Container, notRunning } from './container.ts';
import { publish } from './events.ts';
import { isUp } from './state.ts';

const LARGEST_OUTPUT = 16 * 1024 * 1024;

export async function topContainer(
  engine: Engine,
  container: Container,
  psArgs: string,
): Promise<ContainerTopResponse> {
  const task = engine.tasks.get(container.id);
  if (container.state.status === 'restarting') {
    throw conflict(`Container ${container.id} is restarting, wait until the container is running`);
  }
  if (!task || !isUp(container.state)) throw notRunning(container.id);
  refuseOtherPid(psArgs);
  const pids = task.pids();
  const args = splitArguments(psArgs);
  // Some options of ps(1) cannot be used together with a list of processes.
  const only = await ps([...args, `-q${pids.join(',')}`]);
  const result = only.failed ? await ps(args) : only;
  if (result.failed) throw invalidArgument(`ps: ${firstLine(result.stderr) || result.shortMessage}`);
  const answer = select(result.stdout, new Set(pids));
  publish(engine, container, 'top');
  return answer;
}

/** A column that only calls itself PID would be taken for what the processes are found by. */
function refuseOtherPid(psArgs: string): void {
  for (const [, column, title] of psArgs.matchAll(/\s(\S*)=\s*(PID\S*)/g)) {
    if (column !== 'pid') throw invalidArgument(`specifying "${column}=${title}" is not allowed`);
  }
}

const firstLine = (text: string) => text.trim().split('\n', 1)[0] ?? '';

/** No shell: each word is one argument. An option that would read or write files has no meaning to ps(1). */
async function ps(args: string[]) {
  const { execa } = await import('execa');
  const result = await execa('ps', args, { maxBuffer: LARGEST_OUTPUT, reject: false, stdin: 'ignore' });
  if (result.code === 'ENOENT') throw unavailable('top needs ps(1) on the host: install the package procps');
  return result;
}

const splitArguments = (text: string) => text.split(/\s+/).filter((word) => word !== '');

/** The last column holds the rest of the line, blanks and all. */
function select(output: string, pids: ReadonlySet<number>): ContainerTopResponse {
  const [head = '', ...lines] = output.split('\n');
  const Titles = head.trim().split(/\s+/);
  const pidColumn = Titles.indexOf('PID');
  if (pidColumn < 0) throw invalidArgument("Couldn't find PID field in ps output");
  const Processes = lines
    .map((line) => columns(line, Titles.length))
    .filter((fields) => pids.has(Number(fields[pidColumn])));
  return { Titles, Processes };
}

function columns(line: string, count: number): string[] {
  const fields = line.trim().split(/\s+/);
  return [...fields.slice(0, count - 1), fields.slice(count - 1).join(' ')];
}
