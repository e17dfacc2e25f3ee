/** docker-compose 1.29, Debian's, out of the cache: the last one in Python, which uses the API in ways of its own. */
import { join } from 'node:path';
import { unpacked } from './debian.ts';

const PACKAGES = [
  ...['docker-compose', 'python3-docker', 'python3-dockerpty', 'python3-docopt', 'python3-dotenv'],
  ...['python3-jsonschema', 'python3-attr', 'python3-pyrsistent', 'python3-yaml', 'python3-texttable'],
  ...['python3-requests', 'python3-urllib3', 'python3-certifi', 'python3-chardet', 'python3-idna'],
  ...['python3-websocket', 'python3-distro', 'python3-six', 'python3-pkg-resources'],
];

/** The command and the environment it needs: nothing is installed. */
export async function debianCompose(): Promise<{ command: string[]; env: Record<string, string> }> {
  const root = await unpacked(...PACKAGES);
  const env = {
    PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
    // Whatever is said to other programs here: to compile it for every command is most of what a command takes.
    PYTHONDONTWRITEBYTECODE: '',
  };
  // -S: what else is installed here is not to be mixed in.
  return { command: ['python3', '-S', join(root, 'usr/bin/docker-compose')], env };
}
