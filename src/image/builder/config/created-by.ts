/** How steps are worded in an image's history, as Docker's classic builder does: `/bin/sh -c #(nop)  ENV a=b`. */
import { formatDuration } from '../dockerfile/duration.ts';
import type { Healthcheck } from '../dockerfile/instruction.ts';
import { recordedArgs, visibleArgs } from '../stages/args.ts';
import { quote, quoteList, quoteRune } from './go-format.ts';
import { environmentOf, type StageState, shellOf } from './state.ts';

/** Of an instruction that changes the config alone; `state` is the one after it. */
export function configWords(state: StageState, words: string): string {
  return [...shellOf(state), '#(nop) ', words].join(' ');
}

/** Of COPY, ADD and WORKDIR, which Docker writes with one blank less. */
export function filesWords(state: StageState, words: string): string {
  return [...shellOf(state), `#(nop) ${words}`].join(' ');
}

/** Of RUN: the arguments it could see in front, so that another value is another step. Proxies only show as `|0`. */
export function runWords(state: StageState, command: readonly string[]): string {
  const env = environmentOf(state);
  if (visibleArgs(state.args, env).length === 0) return command.join(' ');
  const args = recordedArgs(state.args, env).map(([name, value]) => `${name}=${value}`);
  return [`|${args.length}`, ...args.sort(), ...command].join(' ');
}

/** Go prints the whole struct; the start interval stands in it only since there is one. */
export function healthcheckWords(health: Healthcheck): string {
  const { Test, Interval = 0, Timeout = 0, StartPeriod = 0, StartInterval, Retries = 0 } = health;
  const durations = [Interval, Timeout, StartPeriod, ...(StartInterval === undefined ? [] : [StartInterval])];
  const shown = durations.map((duration) => quote(formatDuration(duration))).join(' ');
  return `HEALTHCHECK &{${quoteList(Test)} ${shown} ${quoteRune(Retries)}}`;
}
