/** Names of containers: Docker's grammar, and its habit of making up `adjective_surname`. */
import { randomInt } from 'node:crypto';
import { invalidArgument } from '../../core/errors.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** `/web` and `web` are the same name; returned without the slash. */
export function parseName(text: string): string {
  const name = text.replace(/^\//, '');
  if (!NAME.test(name)) {
    throw invalidArgument(`Invalid container name (${text}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  }
  return name;
}

const ADJECTIVES = (
  'able amber bold brave bright brisk calm clever cosy crisp deft eager early fair fast fleet fond free fresh ' +
  'gentle glad golden grand great green happy hardy hearty honest humble jolly keen kind light lively loyal lucky ' +
  'mellow merry mild modest neat nimble noble patient plain polite prompt proud quick quiet rapid ready rosy ' +
  'serene sharp silver sleek smart snug solid spry steady still strong sunny sure swift tidy trim true upbeat ' +
  'vivid warm wise witty young zealous'
).split(' ');

const SURNAMES = (
  'aalto ampere babbage bell bohr boole brahe cerf church codd cook cray curie dijkstra eckert edison engelbart ' +
  'erdos euclid euler faraday fermat feynman franklin galileo gauss germain goedel hamilton hawking hertz hilbert ' +
  'hoare hopper huygens iverson jacobi joule kay kelvin kepler kernighan knuth lagrange lamport laplace leibniz ' +
  'liskov lovelace mach marconi maxwell mccarthy mendel minsky morse naur nansen newton nobel noether ohm pascal ' +
  'pasteur perlman planck postel ptolemy ritchie shannon stallman tesla thompson torvalds turing volta watt wirth ' +
  'yalow zuse'
).split(' ');

const pick = (words: string[]) => words[randomInt(words.length)] ?? 'skiff';

/** A name nobody has: after some misses a digit is added, as Docker does. */
export function makeUpName(taken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const name = `${pick(ADJECTIVES)}_${pick(SURNAMES)}${attempt < 6 ? '' : randomInt(10 ** (attempt - 5))}`;
    if (!taken(name)) return name;
  }
}
