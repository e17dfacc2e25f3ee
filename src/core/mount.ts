/** What snapshots and volumes produce and the runtime consumes; neither knows the other. See mount(8), OCI "mounts". */
export interface Mount {
  /** Filesystem type: `overlay`, `bind`, `tmpfs` … */
  type: string;
  source: string;
  /** Where it goes. Inside a bundle: relative to the root filesystem, or absent for the root itself. */
  target?: string;
  /** Options as in the OCI config: `ro`, `rbind`, `lowerdir=…` */
  options: string[];
}
