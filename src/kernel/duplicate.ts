/** A second descriptor of the same open file: fcntl(2), F_DUPFD_CLOEXEC. */
import { bind, check } from './libc.ts';

const fcntl = bind<(fd: number, command: number, least: number) => number>(
  'int fcntl(int fd, int command, int least)',
);

const F_DUPFD_CLOEXEC = 1030;

/** The lowest free number from `least` on; the caller's to close. */
export const duplicate = (fd: number, least = 0) => check(fcntl(fd, F_DUPFD_CLOEXEC, least), 'fcntl');
