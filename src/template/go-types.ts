// What Docker's client knows of the engine's answers because it reads them into Go's types, and JSON does not say:
// the value of a field that is left out, and which objects are structs.

const noMap: Readonly<Record<string, never>> = {};
const noList: readonly never[] = [];

/** Fields that the engine leaves out when they are empty, with what a template then sees. */
const omitted: Readonly<Record<string, unknown>> = {
  Annotations: noMap,
  ArgsEscaped: false,
  Author: '',
  ClusterVolume: null,
  Cmd: noList,
  Comment: '',
  Descriptor: null,
  DeviceRequests: noList,
  DockerVersion: '',
  Entrypoint: noList,
  Env: noList,
  Experimental: false,
  ExposedPorts: noMap,
  Health: null,
  Healthcheck: null,
  ImageManifestDescriptor: null,
  Init: null,
  Labels: noMap,
  MacAddress: '',
  Mounts: noList,
  NetworkDisabled: false,
  OnBuild: noList,
  OsVersion: '',
  Parent: '',
  Peers: noList,
  Retries: 0,
  Services: noMap,
  Shell: noList,
  SizeRootFs: null,
  SizeRw: null,
  Status: noMap,
  StopSignal: '',
  StopTimeout: null,
  StorageOpt: noMap,
  Sysctls: noMap,
  Tmpfs: noMap,
  UsageData: null,
  User: '',
  Variant: '',
  Volumes: noMap,
  WorkingDir: '',
};

export function isOmitted(name: string): boolean {
  return Object.hasOwn(omitted, name);
}

export function zeroOf(name: string): unknown {
  return omitted[name];
}

/** A list or map that was left out: null in JSON, though it prints as an empty one. */
export function isZero(value: unknown): boolean {
  return value === noMap || value === noList;
}

/** Maps from a name to something: what they lack prints as nothing rather than failing. */
const openMaps = new Set(
  'Annotations Attributes Config Containers DriverOpts ExposedPorts Labels Networks Options PortBindings Ports Sysctls Tmpfs Volumes'.split(
    ' ',
  ),
);

export function isOpenMap(name: string): boolean {
  return openMaps.has(name);
}

const pointers = new Set('IPAMConfig MemorySwappiness OomKillDisable PidsLimit Server'.split(' '));

/** What a field is that holds null in JSON: null, an empty map, or an empty list. */
export function emptyOf(name: string): unknown {
  if (pointers.has(name)) return null;
  if (isOmitted(name)) return zeroOf(name);
  return isOpenMap(name) ? noMap : noList;
}

/** The fields of a struct in their order, of which those before the bar tell that it is this one. */
const structs = [
  'HostIp HostPort |',
  'Name MaximumRetryCount |',
  'Type Config |',
  'Type Layers |',
  'Driver Options Config |',
  'Source Destination RW | Type Name Source Destination Driver Mode RW Propagation',
  'Status Running Pid FinishedAt | Status Running Paused Restarting OOMKilled Dead Pid ExitCode Error StartedAt FinishedAt Health',
].map((line) => {
  const [marks = [], fields = []] = line.split('|').map((part) => part.trim().split(' ').filter(Boolean));
  return { marks, fields: fields.length > 0 ? fields : marks, exact: fields.length === 0 };
});

/** The values of a struct in the order of its fields; nothing for what is a map. */
export function structFields(value: object): readonly unknown[] | undefined {
  const found = structs.find(
    ({ marks, exact }) =>
      marks.every((mark) => Object.hasOwn(value, mark)) &&
      (!exact || Object.keys(value).length === marks.length),
  );
  return found?.fields.map((name) => fieldOf(value, name));
}

function fieldOf(value: object, name: string): unknown {
  if (!Object.hasOwn(value, name)) return isOmitted(name) ? zeroOf(name) : '';
  return value[name as keyof typeof value] ?? emptyOf(name);
}

const durations = new Set('Interval StartInterval StartPeriod Timeout'.split(' '));

/** Whether a field is a time.Duration, which JSON has in nanoseconds: those of a health check, known by its test. */
export function isDuration(owner: object, name: string): boolean {
  return durations.has(name) && Object.hasOwn(owner, 'Test');
}

/** Of what is mounted some has no name, and no driver. */
export function isNameOfMount(owner: object, name: string): boolean {
  return (name === 'Name' || name === 'Driver') && Object.hasOwn(owner, 'Destination');
}

/** Prints as Go has it, `1m30s`, and is a number again in JSON. */
export class GoDuration {
  readonly #nanoseconds: number;

  constructor(nanoseconds: number) {
    this.#nanoseconds = nanoseconds;
  }

  toJSON(): number {
    return this.#nanoseconds;
  }

  toString(): string {
    const [nanoseconds, second] = [this.#nanoseconds, 1e9];
    if (nanoseconds === 0) return '0s';
    if (nanoseconds < 1e3) return `${nanoseconds}ns`;
    if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
    if (nanoseconds < second) return `${nanoseconds / 1e6}ms`;
    const [hours, minutes] = [
      Math.trunc(nanoseconds / (3600 * second)),
      Math.trunc(nanoseconds / (60 * second)),
    ];
    const seconds = `${(nanoseconds % (60 * second)) / second}s`;
    return `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes % 60}m` : ''}${seconds}`;
  }
}
