/** What the instance's tables are called, and how ports stand in the keys of their sets. */
import { port16 } from '../../kernel/nftables/expression.ts';

export const PROTOCOL = { tcp: 6, udp: 17, sctp: 132 } as const;

export const tableName = (instance: string): string => `skiff-${instance}`;

/** Parts of a concatenation begin on 4-byte words. */
export const padded = (port: number): Buffer => Buffer.concat([port16(port), Buffer.alloc(2)]);
