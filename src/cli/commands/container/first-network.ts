// `.NetworkSettings.IPAddress` and its like: what the default bridge gave a container, twice in the answers of
// engines until API 1.51, and in many scripts' templates still.

const names = [
  'EndpointID',
  'Gateway',
  'GlobalIPv6Address',
  'GlobalIPv6PrefixLen',
  'IPAddress',
  'IPPrefixLen',
  'IPv6Gateway',
  'MacAddress',
];

/** Adds the fields for templates to read; printed as JSON, the answer is as the engine sent it. */
export function withFirstNetwork(answer: unknown): unknown {
  const settings = recordIn(answer, 'NetworkSettings');
  if (!settings) return answer;
  const bridge = recordIn(recordIn(settings, 'Networks'), 'bridge') ?? {};
  for (const name of names.filter((each) => !Object.hasOwn(settings, each))) {
    const none = name.endsWith('Len') ? 0 : '';
    Object.defineProperty(settings, name, { enumerable: false, value: bridge[name] ?? none });
  }
  return answer;
}

function recordIn(value: unknown, name: string): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  const inner: unknown = value[name as keyof typeof value];
  return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : undefined;
}
