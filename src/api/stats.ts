/** GET /containers/{id}/stats. Bytes and nanoseconds. */
import Type, { type Static } from 'typebox';
import { nullable } from './schema.ts';

export const CpuStats = Type.Object({
  cpu_usage: Type.Object({
    total_usage: Type.Integer(),
    percpu_usage: Type.Optional(Type.Array(Type.Integer())),
    usage_in_kernelmode: Type.Integer(),
    usage_in_usermode: Type.Integer(),
  }),
  system_cpu_usage: Type.Optional(Type.Integer()),
  online_cpus: Type.Optional(Type.Integer()),
  throttling_data: Type.Object({
    periods: Type.Integer(),
    throttled_periods: Type.Integer(),
    throttled_time: Type.Integer(),
  }),
});
export type CpuStats = Static<typeof CpuStats>;

export const MemoryStats = Type.Object({
  usage: Type.Optional(Type.Integer()),
  max_usage: Type.Optional(Type.Integer()),
  stats: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  failcnt: Type.Optional(Type.Integer()),
  limit: Type.Optional(Type.Integer()),
});
export type MemoryStats = Static<typeof MemoryStats>;

export const NetworkStats = Type.Object({
  rx_bytes: Type.Integer(),
  rx_packets: Type.Integer(),
  rx_errors: Type.Integer(),
  rx_dropped: Type.Integer(),
  tx_bytes: Type.Integer(),
  tx_packets: Type.Integer(),
  tx_errors: Type.Integer(),
  tx_dropped: Type.Integer(),
});
export type NetworkStats = Static<typeof NetworkStats>;

export const BlkioEntry = Type.Object({
  major: Type.Integer(),
  minor: Type.Integer(),
  op: Type.String(),
  value: Type.Integer(),
});
export type BlkioEntry = Static<typeof BlkioEntry>;

const entries = nullable(Type.Array(BlkioEntry));

export const BlkioStats = Type.Object({
  io_service_bytes_recursive: entries,
  io_serviced_recursive: entries,
  io_queue_recursive: entries,
  io_service_time_recursive: entries,
  io_wait_time_recursive: entries,
  io_merged_recursive: entries,
  io_time_recursive: entries,
  sectors_recursive: entries,
});
export type BlkioStats = Static<typeof BlkioStats>;

export const ContainerStats = Type.Object({
  id: Type.String(),
  name: Type.String(),
  os_type: Type.Optional(Type.String()),
  read: Type.String(),
  preread: Type.String(),
  pids_stats: Type.Object({
    current: Type.Optional(Type.Integer()),
    limit: Type.Optional(Type.Integer()),
  }),
  blkio_stats: BlkioStats,
  num_procs: Type.Integer(),
  storage_stats: Type.Object({}),
  cpu_stats: CpuStats,
  precpu_stats: CpuStats,
  memory_stats: MemoryStats,
  networks: Type.Optional(Type.Record(Type.String(), NetworkStats)),
});
export type ContainerStats = Static<typeof ContainerStats>;
