/** EXPOSE: `80`, `53/udp`, `8000-8010/tcp` to the keys of the image's ExposedPorts. */
import { Fault } from '../dockerfile/fault.ts';

const PROTOCOLS = ['tcp', 'udp', 'sctp'];

/** Throws Fault in Docker's words. A host part, as of `run -p`, is read over. */
export function exposedPorts(word: string): string[] {
  const [ports = '', protocol = 'tcp', more] = word.split('/');
  if (more !== undefined) throw new Fault(`invalid containerPort: ${word}`, word);
  if (!PROTOCOLS.includes(protocol.toLowerCase())) throw new Fault(`invalid proto: ${protocol}`, protocol);
  const container = ports.split(':').at(-1) ?? '';
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(container) ?? [];
  const [low, high] = [Number(first), Number(last)];
  if (first === '' || high > 65535 || low > high)
    throw new Fault(`invalid containerPort: ${container}`, word);
  return Array.from({ length: high - low + 1 }, (_, step) => `${low + step}/${protocol.toLowerCase()}`);
}
