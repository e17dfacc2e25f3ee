/** Run inside an engine's network: asks for one page again and again; prints pages a second. Usage: load-client.ts PORT SECONDS CLIENTS */
import { connect } from 'node:net';

const [port = '', seconds = '1', clients = '8'] = process.argv.slice(2);
const until = performance.now() + Number(seconds) * 1000;
const started = performance.now();
const pages = await Promise.all(Array.from({ length: Number(clients) }, askUntilTheEnd));
console.log((pages.reduce((sum, count) => sum + count, 0) / (performance.now() - started)) * 1000);

/** A connection for each page: busybox's server keeps none. */
async function askUntilTheEnd(): Promise<number> {
  let count = 0;
  for (; performance.now() < until; count++) await ask();
  return count;
}

function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    let answered = false;
    socket.on('data', () => {
      answered = true;
    });
    socket.on('error', reject);
    socket.on('close', () => (answered ? resolve() : reject(new Error('no answer'))));
  });
}
