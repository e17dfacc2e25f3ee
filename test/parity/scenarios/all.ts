import { containers } from './containers.ts';
import { imagesScenario as images } from './images.ts';
import { networks } from './networks.ts';
import { system } from './system.ts';
import { volumes } from './volumes.ts';

export const scenarios = [containers, images, networks, system, volumes];
