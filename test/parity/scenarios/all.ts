import { containers } from './containers.ts';
import { networks } from './networks.ts';
import { system } from './system.ts';
import { volumes } from './volumes.ts';

export const scenarios = [containers, networks, system, volumes];
