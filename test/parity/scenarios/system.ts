/** What an engine says of itself, and how it refuses what is no request. */
import { api, docker, type Scenario } from '../step.ts';

const wording = { message: 'in the words of newer Docker' };
const own = 'each engine speaks of itself';
const hidden = (...names: string[]) => Object.fromEntries(names.map((name) => [name, own]));
const info = hidden(
  'ID',
  'DockerRootDir',
  'DriverStatus',
  'Plugins',
  'NFd',
  'NGoroutines',
  'SystemTime',
  'NEventsListener',
  'ServerVersion',
  'Runtimes',
  'RegistryConfig',
  'LiveRestoreEnabled',
  'InitBinary',
  'ContainerdCommit',
  'RuncCommit',
  'InitCommit',
  'SecurityOptions',
  'IPv4Forwarding',
  'CDISpecDirs',
  'Warnings',
  'Images',
  'BridgeNfIptables',
  'BridgeNfIp6tables',
);
const version = hidden(
  'Platform',
  'Components',
  'Version',
  'ApiVersion',
  'MinAPIVersion',
  'GitCommit',
  'GoVersion',
  'BuildTime',
);

export const system: Scenario = {
  name: 'system',
  steps: [
    api('GET', '/_ping'),
    api('HEAD', '/_ping'),
    api('GET', '/version', undefined, { mayDiffer: version }),
    api('GET', '/info', undefined, { mayDiffer: info }),
    docker('volume', 'create', 'seen'),
    api('GET', '/system/df', undefined, {
      mayDiffer: hidden('LayersSize', 'Images', 'Volumes', 'BuildCache'),
    }),
    docker('system', 'df', '--format', '{{.Type}} {{.TotalCount}} {{.Active}}'),
    docker('volume', 'rm', 'seen'),
    docker(
      'events',
      '--since',
      '2000-01-01T00:00:00',
      '--until',
      '-1s',
      '--filter',
      'volume=seen',
      '--format',
      '{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.driver}}',
    ),
    api('GET', '/events?since=x', undefined, { mayDiffer: { ...wording, status: '500 in 20.10' } }),
    api('GET', '/no/such/path'),
    api('PUT', '/_ping'),
    api('POST', '/session'),
    api('GET', '/swarm'),
    api('GET', '/nodes'),
    api('POST', '/swarm/leave'),
    docker('node', 'ls'),
    docker('service', 'ls'),
    docker('plugin', 'ls', '-q'),
  ],
};
