// `skiff events`: what happens in the engine, as it happens.

import type { EventMessage } from '../../../api/system.ts';
import type { Template } from '../../../template/template.ts';
import { filter, string } from '../../args/flag.ts';
import { defineCommand } from '../../command.ts';
import { ExitError, messageOf } from '../../exit.ts';
import { textLines } from '../../output/progress.ts';
import { toUnixTime } from '../../time.ts';
import { filtersOf } from '../filters.ts';
import { objectFormatHelp } from '../format-help.ts';

export const command = defineCommand({
  name: 'system events',
  usage: '[OPTIONS]',
  description: 'Get real time events from the server',
  args: [0, 0],
  flags: {
    filter: filter('Filter output based on conditions provided', { short: 'f' }),
    format: string(objectFormatHelp),
    since: string('Show all events created since timestamp'),
    until: string('Stream events until this timestamp'),
  },
  async run({ flags, engine, world }) {
    const line = await lineFormat(flags.format);
    const query = {
      since: toUnixTime(flags.since, world.now(), ''),
      until: toUnixTime(flags.until, world.now(), ''),
      filters: filtersOf(flags.filter),
    };
    const reply = await engine.send('GET', '/events', { query });
    for await (const text of textLines(reply.body)) world.stdout.write(`${line(text)}\n`);
  },
});

/** Nanoseconds do not fit a JavaScript number; they stay text. */
type Event = Omit<EventMessage, 'timeNano'> & { readonly timeNano: string };

function parseEvent(text: string): Event {
  return JSON.parse(text.replace(/"timeNano":(\d+)/, '"timeNano":"$1"')) as Event;
}

async function lineFormat(format: string): Promise<(text: string) => string> {
  if (format === '') return (text) => plainLine(parseEvent(text));
  if (format === 'json') return (text) => text;
  const { parseTemplate } = await import('../../../template/template.ts');
  const render = (template: Template, text: string) => {
    const event = templateFields(parseEvent(text));
    const json = (value: unknown) => (value === event ? text : JSON.stringify(value));
    return template.render(event, '*events.Message', { json });
  };
  try {
    const template = parseTemplate(format);
    // One that names what no event has is refused before the first event is awaited.
    render(template, '{"Type":"","Action":"","Actor":{"ID":"","Attributes":{}},"time":0,"timeNano":0}');
    return (text) => render(template, text);
  } catch (error) {
    throw new ExitError(`Error parsing format: ${messageOf(error)}`, 64, { cause: error });
  }
}

/** Templates say `.ID`, `.Scope`, `.TimeNano` where the JSON has other letters. */
function templateFields(event: Event) {
  const { Type, Action, Actor, scope = '', time, timeNano } = event;
  const older = { Status: Action, ID: Actor.ID, From: Actor.Attributes?.image ?? '' };
  return { Type, Action, Actor, Scope: scope, Time: time, TimeNano: timeNano, ...older };
}

function plainLine(event: Event): string {
  const attributes = Object.entries(event.Actor.Attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = attributes.map(([key, value]) => `${key}=${value}`).join(', ');
  const about = attributes.length > 0 ? ` (${shown})` : '';
  return `${stamp(event)} ${event.Type} ${event.Action} ${event.Actor.ID}${about}`;
}

/** Local time with nine decimals. */
function stamp({ time, timeNano }: Event): string {
  const shift = -new Date(time * 1000).getTimezoneOffset();
  const local = new Date((time + shift * 60) * 1000).toISOString().slice(0, 19);
  const pad = (value: number) => String(Math.trunc(value)).padStart(2, '0');
  const size = Math.abs(shift);
  const zone = shift === 0 ? 'Z' : `${shift < 0 ? '-' : '+'}${pad(size / 60)}:${pad(size % 60)}`;
  return `${local}.${timeNano.slice(-9).padStart(9, '0')}${zone}`;
}
