/** Subnets are chosen and brought onto a link without another engine of this host choosing the same meanwhile. */
import type { KernelClient } from '../kernel/calls.ts';

export async function withSubnetLock<T>(kernel: KernelClient, operation: () => Promise<T>): Promise<T> {
  const tried = await kernel.tryLockSubnets();
  const lock = tried >= 0 ? tried : await kernel.lockSubnets();
  try {
    return await operation();
  } finally {
    await kernel.unlockSubnets(lock);
  }
}
