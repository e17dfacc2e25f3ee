/** Asks 127.0.0.11 for one name as fast as it answers: `flood.ts NAME QUERIES`, prints `{ rate, errors }`. */
import { createSocket } from 'node:dgram';
import { decode, encode } from 'dns-packet';

const [, , name = '', count = '0'] = process.argv;
const total = Number(count);
const AT_ONCE = 64;
let sent = 0;
let answered = 0;
let errors = 0;
const socket = createSocket('udp4');
const begin = performance.now();

function next(): void {
  if (sent === total) return;
  const id = sent++ & 0xffff;
  socket.send(
    encode({ type: 'query', id, flags: 0x0100, questions: [{ type: 'A', name }] }),
    53,
    '127.0.0.11',
  );
}

function finish(): void {
  const rate = Math.round((answered / (performance.now() - begin)) * 1000);
  console.log(JSON.stringify({ rate, errors: errors + total - answered }));
  process.exit();
}

socket.on('message', (bytes) => {
  answered++;
  if ((decode(bytes).answers ?? []).length !== 1) errors++;
  if (answered === total) finish();
  next();
});
setTimeout(finish, 8000);
for (let index = 0; index < AT_ONCE; index++) next();
