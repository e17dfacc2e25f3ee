import { ancestors } from './ancestors.ts';
import { containers } from './containers.ts';
import { imagesScenario as images } from './images.ts';
import { links } from './links.ts';
import { networks } from './networks.ts';
import { refused } from './refused.ts';
import { system } from './system.ts';
import { volumes } from './volumes.ts';

/** As long as all others, and tested beside them. */
export const networking = [links, networks];
export const others = [ancestors, containers, images, refused, system, volumes];
export const scenarios = [...others, ...networking];
