import { ancestors } from './ancestors.ts';
import { containers } from './containers.ts';
import { imagesScenario as images } from './images.ts';
import { links } from './links.ts';
import { networks } from './networks.ts';
import { refused } from './refused.ts';
import { system } from './system.ts';
import { volumes } from './volumes.ts';

export const scenarios = [ancestors, containers, images, links, networks, refused, system, volumes];
