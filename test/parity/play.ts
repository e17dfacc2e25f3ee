/** Plays a scenario to one engine, step by step, and notes every answer. */
import { request } from 'node:http';
import { cli, type Run } from '../harness/client.ts';
import type { ApiStep, Scenario, Step } from './step.ts';

export interface Engine {
  socket: string;
  host: string;
}

/** `status` is an HTTP status or an exit code. */
export interface Answer {
  status: number;
  body: unknown;
}

export async function play(scenario: Scenario, engine: Engine, dockerPath: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const step of scenario.steps) answers.push(await say(step, engine, dockerPath));
  return answers;
}

async function say(step: Step, engine: Engine, dockerPath: string): Promise<Answer> {
  if (step.kind === 'api') return await ask(engine.socket, step);
  const run: Run = cli(dockerPath, engine, step.input === undefined ? {} : { input: step.input });
  const { code, stdout, stderr } = await run(...step.args);
  return { status: code, body: { stdout: jsonOr(stdout), stderr } };
}

function ask(socketPath: string, { method, path, body, raw }: ApiStep): Promise<Answer> {
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers =
    payload === undefined ? {} : { 'content-type': raw ? 'application/x-tar' : 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path: `/v1.41${path}`, headers }, async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('latin1')) text += chunk;
        const type = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, body: type.includes('json') ? jsonOr(text) : text });
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', reject);
    sent.end(payload);
  });
}

/** A document, a list of documents line by line, or the text as it is. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {}
  try {
    const lines = text.trim().split('\n');
    return lines.length > 1 ? lines.map((line) => JSON.parse(line)) : text;
  } catch {
    return text;
  }
}
