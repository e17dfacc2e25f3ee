import { containers } from './containers.ts';

export const scenarios = [containers];
