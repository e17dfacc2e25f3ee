/** The query of `POST /build` as values: what Docker sends as text, JSON in text, or numbers in text. */
import type { HostConfig } from '../../api/container.ts';
import { flag, list, number } from '../../api/query.ts';
import { invalidArgument } from '../../core/errors.ts';
import type { BuildOutput } from '../../image/builder/request.ts';
import type { Platform } from '../../image/image.ts';
import { parsePlatform } from '../../image/manifest.ts';
import { familiarName, parseTagged } from '../../image/reference.ts';

export interface BuildParameters {
  remote: string;
  dockerfile: string;
  names: string[];
  target: string;
  buildArgs: Map<string, string>;
  labels: Map<string, string>;
  platform?: Platform;
  noCache: boolean;
  pull: boolean;
  cacheFrom: string[];
  squash: boolean;
  outputs: BuildOutput[];
  quiet: boolean;
  /** Given by the client, to cancel by. */
  buildId: string;
  /** Of the connection by which the client hands out secrets. */
  session: string;
  limits: HostConfig;
}

type Query = Partial<Record<string, string | string[]>>;

/** Throws `invalid-argument` naming the parameter. */
export function parseParameters(query: Query): BuildParameters {
  const text = (name: string) => list(query[name])[0] ?? '';
  return {
    remote: text('remote'),
    dockerfile: text('dockerfile'),
    names: namesOf(list(query.t)),
    target: text('target'),
    buildArgs: textMap('buildargs', text('buildargs')),
    labels: textMap('labels', text('labels')),
    platform: text('platform') === '' ? undefined : parsePlatform(text('platform')),
    noCache: flag(text('nocache')),
    pull: flag(text('pull')),
    cacheFrom: textList('cachefrom', text('cachefrom')),
    squash: flag(text('squash')),
    outputs: outputsOf(text('outputs'), text('session')),
    quiet: flag(text('q')),
    buildId: text('buildid'),
    session: text('session'),
    limits: limitsOf(text),
  };
}

/** Each once, with its tag. Throws `invalid-argument` in Docker's words. */
function namesOf(given: readonly string[]): string[] {
  const references = given.filter((name) => name !== '').map(parseTagged);
  if (references.some(({ digest }) => digest)) throw invalidArgument('build tag cannot contain a digest');
  return [...new Set(references.map(familiarName))];
}

/** A JSON object of texts; null stands for a name without a value. */
function textMap(name: string, text: string): Map<string, string> {
  const value = json(name, text) ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidParameter(name);
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  if (!entries.every(([, each]) => typeof each === 'string')) throw invalidParameter(name);
  return new Map(entries);
}

function textList(name: string, text: string): string[] {
  const value = json(name, text) ?? [];
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) throw invalidParameter(name);
  return value;
}

const OUTPUTS: Record<string, BuildOutput['kind']> = {
  image: 'image',
  local: 'files',
  tar: 'files',
  docker: 'image-archive',
  oci: 'image-archive',
};

/** `[{"Type": "local"}, …]`. What is not an image of the store goes to the client, whose session has to be there. */
function outputsOf(text: string, session: string): BuildOutput[] {
  const value = json('outputs', text) ?? [];
  if (!Array.isArray(value)) throw invalidParameter('outputs');
  return value.map((each: { Type?: unknown } | null, index) => {
    const type = typeof each?.Type === 'string' ? each.Type : '';
    const kind = Object.hasOwn(OUTPUTS, type) ? OUTPUTS[type] : undefined;
    if (!kind) throw invalidArgument(`unknown type of output: ${JSON.stringify(type)}`);
    if (kind === 'image') return { kind };
    if (session === '') throw invalidArgument(`an output of type ${type} needs a build session`);
    return { kind, index };
  });
}

function json(name: string, text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch (error) {
    throw invalidParameter(name, error);
  }
}

function limitsOf(text: (name: string) => string): HostConfig {
  const integer = (name: string) => {
    const value = number(text(name)) ?? 0;
    if (Number.isNaN(value)) throw invalidParameter(name);
    return value;
  };
  return {
    Memory: integer('memory'),
    MemorySwap: integer('memswap'),
    CpuShares: integer('cpushares'),
    CpuPeriod: integer('cpuperiod'),
    CpuQuota: integer('cpuquota'),
    CpusetCpus: text('cpusetcpus'),
    CpusetMems: text('cpusetmems'),
    CgroupParent: text('cgroupparent'),
    ShmSize: integer('shmsize'),
    NetworkMode: text('networkmode') || 'default',
    ExtraHosts: text('extrahosts')
      .split(',')
      .filter((host) => host !== ''),
    Ulimits: ulimitsOf(text('ulimits')),
    SecurityOpt: textList('securityopt', text('securityopt')),
  };
}

function ulimitsOf(text: string): NonNullable<HostConfig['Ulimits']> {
  const value = json('ulimits', text) ?? [];
  if (!Array.isArray(value)) throw invalidParameter('ulimits');
  return value.map((each: { Name?: unknown; Soft?: unknown; Hard?: unknown }) => {
    const { Name, Soft, Hard } = each ?? {};
    if (typeof Name !== 'string' || typeof Soft !== 'number' || typeof Hard !== 'number') {
      throw invalidParameter('ulimits');
    }
    return { Name, Soft, Hard };
  });
}

const invalidParameter = (name: string, cause?: unknown) =>
  invalidArgument(`invalid value of the build parameter ${name}`, cause);
