import { containers } from './containers.ts';
import { system } from './system.ts';
import { volumes } from './volumes.ts';

export const scenarios = [containers, system, volumes];
