/** The query of `POST /build` as values: what Docker sends as text, JSON in text, or numbers in text. */
import type { HostConfig } from '../../api/container.ts';
import { flag, list, number } from '../../api/query.ts';
import { invalidArgument, messageOf } from '../../core/errors.ts';
import {
  type BuildOutput,
  type BuildRequest,
  ENTITLEMENTS,
  type Entitlement,
} from '../../image/builder/request.ts';
import type { Platform } from '../../image/oci.ts';
import { parsePlatform } from '../../image/platform.ts';
import { familiarName, parseTagged } from '../../image/reference.ts';

/** What goes on to the builder as it is, and what the daemon makes of the rest. */
export interface BuildParameters extends Omit<BuildRequest, BuildSurroundings> {
  quiet: boolean;
  /** Given by the client, to cancel by. */
  buildId: string;
  /** Of the connection by which the client hands out secrets. */
  session: string;
  limits: HostConfig;
}

type BuildSurroundings = 'stream' | 'runner' | 'session' | 'pullImage' | 'emit' | 'signal';

type Query = Partial<Record<string, string | string[]>>;

/** Throws `invalid-argument` naming the parameter. */
export function parseParameters(query: Query): BuildParameters {
  const text = (name: string) => list(query[name])[0] ?? '';
  checkIsolation(text('isolation'));
  return {
    remote: text('remote'),
    dockerfile: text('dockerfile'),
    names: namesOf(list(query.t)),
    target: text('target'),
    buildArgs: textMap('build args', text('buildargs')),
    labels: textMap('labels', text('labels')),
    platform: text('platform') === '' ? undefined : knownPlatform(text('platform')),
    noCache: flag(text('nocache')),
    noCacheFilter: textList('stages without cache', text('nocachefilter')),
    pull: flag(text('pull')),
    allowed: allowedOf(list(query.allow), text('networkmode')),
    cacheFrom: textList('cache-from', text('cachefrom')),
    squash: flag(text('squash')),
    outputs: outputsOf(text('outputs'), text('session')),
    quiet: flag(text('q')),
    buildId: text('buildid'),
    session: text('session'),
    limits: limitsOf(text, query),
  };
}

/** Each once, with its tag. Throws `invalid-argument` in Docker's words. */
function namesOf(given: readonly string[]): string[] {
  const references = given.filter((name) => name !== '').map(parseTagged);
  if (references.some(({ digest }) => digest)) throw invalidArgument('build tag cannot contain a digest');
  return [...new Set(references.map(familiarName))];
}

/** Ours: BuildKit's clients say it in a call of their own. Where all steps have the host's network, one may ask for it. */
function allowedOf(given: readonly string[], networkMode: string): Entitlement[] {
  const named = given.map((name) => {
    const known = ENTITLEMENTS.find((each) => each === name);
    if (!known) throw invalidArgument(`invalid entitlement: ${name}`);
    return known;
  });
  return networkMode === 'host' ? [...named, 'network.host'] : named;
}

/** A JSON object of texts; null stands for a name without a value. */
function textMap(name: string, text: string): Map<string, string> {
  const value = json(name, text) ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw unreadable(name, 'it is no JSON object');
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  if (!entries.every(([, each]) => typeof each === 'string')) throw unreadable(name, 'a value is no string');
  return new Map(entries);
}

function textList(name: string, text: string): string[] {
  const value = json(name, text) ?? [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw unreadable(name, 'it is no JSON list of strings');
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
  if (!Array.isArray(value)) throw unreadable('outputs', 'it is no JSON list');
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
    throw unreadable(name, messageOf(error), error);
  }
}

function limitsOf(text: (name: string) => string, query: Query): HostConfig {
  const integer = (name: string) => {
    const value = number(text(name)) ?? 0;
    if (Number.isNaN(value)) throw invalidArgument(`invalid value of the build parameter ${name}`);
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
    ExtraHosts: list(query.extrahosts)
      .flatMap((hosts) => hosts.split(','))
      .filter((host) => host !== ''),
    Ulimits: ulimitsOf(text('ulimits')),
    SecurityOpt: list(query.securityopt).filter((option) => option !== ''),
  };
}

function ulimitsOf(text: string): NonNullable<HostConfig['Ulimits']> {
  const value = json('ulimit settings', text) ?? [];
  if (!Array.isArray(value)) throw unreadable('ulimit settings', 'it is no JSON list');
  return value.map((each: { Name?: unknown; Soft?: unknown; Hard?: unknown }) => {
    const { Name, Soft, Hard } = each ?? {};
    if (typeof Name !== 'string' || typeof Soft !== 'number' || typeof Hard !== 'number') {
      throw unreadable('ulimit settings', 'one is no object with Name, Soft and Hard');
    }
    return { Name, Soft, Hard };
  });
}

/** A word alone is a system or an architecture that is known; containerd's words. */
const KNOWN =
  /^(?:linux|windows|darwin|freebsd|386|amd64|x86_64|x86-64|aarch64|arm64|armhf|armel|arm|i386|loong64|mips|mips64|mips64le|mipsle|ppc64|ppc64le|riscv64|s390x)$/i;

function knownPlatform(text: string): Platform {
  if (text.includes('/') || KNOWN.test(text)) return parsePlatform(text);
  throw invalidArgument(`"${text}": unknown operating system or architecture: invalid argument`);
}

/** Windows's others have no meaning here. */
function checkIsolation(isolation: string): void {
  if (isolation === '' || isolation === 'default') return;
  const isKnown = ['process', 'hyperv'].includes(isolation);
  throw invalidArgument(
    isKnown ? `invalid isolation "${isolation}" on linux` : `unsupported isolation: "${isolation}"`,
  );
}

const unreadable = (name: string, reason: string, cause?: unknown) =>
  invalidArgument(`error reading ${name}: ${reason}`, cause);
