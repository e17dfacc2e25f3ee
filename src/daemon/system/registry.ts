/** How registries are reached, as /info shows it. */
import type { SystemInfo } from '../../api/system.ts';
import type { DaemonConfig } from '../config/config.ts';

/** The host itself is always reached without TLS, as with dockerd. */
const LOCAL = ['127.0.0.0/8', '::1/128'];

export function registryInfo(config: DaemonConfig): SystemInfo['RegistryConfig'] {
  const isRange = (registry: string) => registry.includes('/');
  const insecure = config.insecureRegistries.filter((registry) => !isRange(registry));
  const index = (Name: string, Secure: boolean, Mirrors: string[] = []) =>
    [Name, { Name, Mirrors, Secure, Official: Name === 'docker.io' }] as const;
  return {
    InsecureRegistryCIDRs: [...LOCAL, ...config.insecureRegistries.filter(isRange)],
    IndexConfigs: Object.fromEntries([
      index('docker.io', true, config.registryMirrors),
      ...insecure.map((name) => index(name, false)),
    ]),
    Mirrors: config.registryMirrors,
  };
}
