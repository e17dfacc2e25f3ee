/** The barest client of the API: one request, one answer. For the harness itself, where no client is under test. */
import { request } from 'node:http';

export interface Answer {
  status: number;
  body: string;
}

export function call(socketPath: string, method: string, path: string, document?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath,
        method,
        path,
        headers: document === undefined ? {} : { 'content-type': 'application/json' },
      },
      async (response) => {
        let body = '';
        try {
          for await (const chunk of response.setEncoding('utf8')) body += chunk;
          resolve({ status: response.statusCode ?? 0, body });
        } catch (error) {
          reject(error);
        }
      },
    );
    sent.on('error', reject);
    sent.end(document === undefined ? undefined : JSON.stringify(document));
  });
}

/** Once it does, it knows what runs: `/_ping` would be answered before. */
export function answers(socket: string): Promise<boolean> {
  return call(socket, 'GET', '/containers/json?limit=1').then(
    ({ status }) => status > 0,
    () => false,
  );
}

/** Removes every container, running or not, with its volumes. */
export async function removeAll(socket: string): Promise<void> {
  const { body } = await call(socket, 'GET', '/containers/json?all=1');
  const containers = JSON.parse(body) as { Id: string }[];
  await Promise.all(containers.map(({ Id }) => call(socket, 'DELETE', `/containers/${Id}?force=1&v=1`)));
}
