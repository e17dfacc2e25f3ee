/** What the forwarder looks at in a DNS message, which it passes on byte for byte: RFC 1035, 4.1. */

const HEADER = 12;
/** Where the number of questions stands. */
const QDCOUNT = 4;
const RESPONSE = 0x80;
const TRUNCATED = 0x02;
const SERVFAIL = 2;
const REFUSED = 5;

export const idOf = (message: Buffer): number => message.readUInt16BE(0);

export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}

/** It says that it is an answer, to the question with this id, and repeats the question. */
export function isAnswerTo(query: Buffer, answer: Buffer): boolean {
  return (
    answer.length >= HEADER &&
    ((answer[2] ?? 0) & RESPONSE) !== 0 &&
    idOf(answer) === idOf(query) &&
    answer.readUInt16BE(QDCOUNT) === 1 &&
    questionOf(answer).equals(questionOf(query))
  );
}

/** The server could not say, or would not. */
export function isFailure(answer: Buffer): boolean {
  const rcode = (answer[3] ?? 0) & 0x0f;
  return rcode === SERVFAIL || rcode === REFUSED;
}

export const isCut = (answer: Buffer): boolean => ((answer[2] ?? 0) & TRUNCATED) !== 0;

/** The header and the question alone, marked: the asker comes again over TCP. */
export function cut(answer: Buffer): Buffer {
  const head = Buffer.from(answer.subarray(0, HEADER + questionOf(answer).length));
  head[2] = (head[2] ?? 0) | TRUNCATED;
  head.fill(0, 6, HEADER);
  return head;
}

/** The question section, lower case: names are compared without case (RFC 4343), and some servers fold it. */
function questionOf(message: Buffer): Buffer {
  let offset = HEADER;
  while (offset < message.length && message[offset] !== 0) offset += (message[offset] ?? 0) + 1;
  const question = message.subarray(HEADER, offset + 5);
  return Buffer.from(question.toString('latin1').toLowerCase(), 'latin1');
}
