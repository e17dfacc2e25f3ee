/**
 * Run inside an engine's network: asks it for a web server behind a published port, and asks that for a page until one
 * comes. Prints the milliseconds from the start request to the page. Usage: first-page.ts SOCKET PORT COMMAND
 */
import { get } from 'node:http';
import { openApi } from './api-client.ts';
import { create, remove } from './container.ts';

const [socket = '', port = '', command = '[]'] = process.argv.slice(2);
const api = openApi(socket);
const id = await create(api, {
  cmd: JSON.parse(command),
  network: 'bridge',
  config: { ExposedPorts: { '80/tcp': {} } },
  hostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: port }] } },
});
try {
  const started = performance.now();
  await api.call('POST', `/containers/${id}/start`);
  while (!(await page())) await new Promise((resolve) => setTimeout(resolve, 1));
  console.log(performance.now() - started);
} finally {
  await remove(api, id);
  api.close();
}

function page(): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = get({ host: '127.0.0.1', port, path: '/', agent: false, timeout: 1000 }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    });
    sent.on('timeout', () => sent.destroy()).on('error', () => resolve(false));
  });
}
