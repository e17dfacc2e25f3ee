/** Contexts of all kinds: archives, URLs, Git repositories, and sources of ADD that are elsewhere. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import t from 'tap';
import { tarOf } from '../../fixtures/dockerfiles/tar.ts';
import { requires } from '../../harness/requires.ts';
import { overlaid, readImage } from './archive.ts';
import type { Query } from './engine.ts';
import { leftovers, openFixture } from './fixture.ts';

const skip = requires('root', 'runc', 'conmon', 'overlay', 'busybox');
t.setTimeout(300_000);

t.test('contexts', { skip }, async (t) => {
  const { skiffd, engine } = await openFixture(t);

  await t.test('contexts', async (t) => {
    const files = {
      Dockerfile: 'FROM base:1\nCOPY . /c/',
      f: 'file\n',
      '.dockerignore': 'Dockerfile\n.dockerignore\n*.log\n',
      'x.log': 'log',
    };
    const tree = async (query: Query, body: Buffer = Buffer.alloc(0)) => {
      const built = await engine.build(body, { networkmode: 'none', t: 'ctx', ...query });
      if (built.error) throw new Error(built.error);
      return overlaid((await readImage(await engine.save('ctx'))).layers.slice(1));
    };
    const sent = { 'c/': 'd 755 0:0', 'c/f': 'f 644 0:0 file\n', 'c/x.log': 'f 644 0:0 log' };
    const fetched = { 'c/': 'd 755 0:0', 'c/f': 'f 644 0:0 file\n' };
    const tar = tarOf(files);

    const dir = t.testdir();
    const pack = (flag: string) => {
      writeFileSync(join(dir, 'c.tar'), tar);
      return execFileSync(flag, ['-c', join(dir, 'c.tar')]);
    };
    for (const [name, body] of Object.entries({
      plain: tar,
      gzip: gzipSync(tar),
      zstd: zstdCompressSync(tar),
      bzip2: pack('bzip2'),
      xz: pack('xz'),
    })) {
      t.same(await tree({}, body), sent, name);
    }
    t.match(
      await engine.build(Buffer.from('this is no archive, but long enough to be read as a block'.repeat(20))),
      { error: /error reading the build context/ },
    );

    const web = createServer((request, answer) => {
      if (request.url === '/Dockerfile') answer.end('FROM base:1\nRUN echo lone > /lone');
      else if (request.url === '/c.tgz') answer.end(gzipSync(tar));
      else if (request.url === '/file')
        answer.setHeader('last-modified', 'Thu, 01 Jan 2026 00:00:00 GMT').end('from the web\n');
      else if (request.url === '/') answer.end('no name\n');
      else if (request.url === '/?id=1')
        answer.setHeader('content-disposition', 'attachment; filename="of the/server"').end('named\n');
      else if (request.url?.startsWith('/dumb.git/'))
        answerFile(answer, join(dir, request.url.replace(/\?.*/, '')));
      else answer.writeHead(404).end();
    });
    await new Promise<void>((listening) => web.listen(0, '127.0.0.1', listening));
    t.teardown(() => web.close());
    const base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    t.same(await tree({ remote: `${base}/c.tgz` }), fetched, 'a tarball by URL, with its ignore file');
    t.same(await tree({ remote: `${base}/Dockerfile` }), { lone: 'f 644 0:0 lone\n' }, 'a Dockerfile by URL');
    await t.rejects(tree({ remote: `${base}/gone` }), {
      message: /failed to GET http:.*\/gone with status 404/,
    });

    const repository = join(dir, 'r.git');
    mkdirSync(join(repository, 'app'), { recursive: true });
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(repository, 'app', name), content);
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t.test', ...args]);
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-qm', 'one');
    git('branch', 'old');
    writeFileSync(join(repository, 'app/f'), 'newer\n');
    git('commit', '-qam', 'two');
    t.same(
      await tree({ remote: `file://${repository}#old:app` }),
      fetched,
      'a branch and a directory of a repository',
    );
    t.match(await tree({ remote: `file://${repository}#:app` }), { 'c/f': 'f 644 0:0 newer\n' });
    await t.rejects(tree({ remote: `file://${repository}#nobranch` }), {
      message: /repository does not contain ref nobranch/,
    });
    await t.rejects(tree({ remote: `file://${repository}#-x` }), { message: /invalid git ref/ });

    const add = (line: string) => tree({}, tarOf({ Dockerfile: `FROM base:1\n${line}` }));
    const sum = execFileSync('sha256sum', { input: 'from the web\n' }).toString().slice(0, 64);
    t.same(await add(`ADD ${base}/file /w/`), { 'w/': 'd 755 0:0', 'w/file': 'f 600 0:0 from the web\n' });
    t.same(await add(`ADD --checksum=sha256:${sum} --chmod=644 ${base}/file /w`), {
      w: 'f 644 0:0 from the web\n',
    });
    await t.rejects(add(`ADD --checksum=sha256:${'0'.repeat(64)} ${base}/file /w`), {
      message: /digest mismatch/,
    });
    t.same(await add(`ADD --unpack=true ${base}/c.tgz /u/`).then(Object.keys), [
      'u/',
      'u/.dockerignore',
      'u/Dockerfile',
      'u/f',
      'u/x.log',
    ]);
    t.same(await add(`ADD ${base}/ /w/\nADD ${base}/?id=1 /w/`), {
      'w/': 'd 755 0:0',
      'w/__unnamed__': 'f 600 0:0 no name\n',
      'w/server': 'f 600 0:0 named\n',
    });

    const old = git('rev-parse', 'old').toString().trim();
    const newer = git('rev-parse', 'main').toString().trim();
    for (const [what, address] of Object.entries({
      fragment: `file://${repository}#old:app`,
      query: `file://${repository}?branch=old&subdir=app`,
      commit: `file://${repository}?commit=${old}&ref=old&subdir=app`,
    })) {
      t.match(await add(`ADD ${address} /g/`), { 'g/f': 'f 644 0:0 file\n' }, what);
    }
    await t.rejects(add(`ADD --checksum=${old} file://${repository}#main:app /g/`), {
      message: new RegExp(`expected.*${old}.*${newer}`),
    });
    execFileSync('git', ['clone', '-q', '--bare', repository, join(dir, 'bare')]);
    execFileSync('git', ['-C', join(dir, 'bare'), 'update-server-info']);
    renameSync(join(dir, 'bare'), join(dir, 'dumb.git'));
    t.match(await add(`ADD ${base}/dumb.git#main:app /g/`), { 'g/f': 'f 644 0:0 newer\n' }, 'by plain HTTP');
    t.same(leftovers(skiffd), []);
  });

  await t.test('a name in the context that leads out of it ends at its root', async (t) => {
    const files = { Dockerfile: 'FROM scratch\nCOPY foo x/ /', '../foo': 'f\n', 'x/../../x/y': 'y\n' };
    t.match(await engine.build(tarOf(files), { networkmode: 'none', t: 'up' }), { error: undefined });
    t.same(overlaid((await readImage(await engine.save('up'))).layers), {
      foo: 'f 644 0:0 f\n',
      y: 'f 644 0:0 y\n',
    });
  });

  await t.test('a link in the context cannot lead out of it', async (t) => {
    const build = (files: Parameters<typeof tarOf>[0], query?: Query) =>
      engine.build(tarOf(files), { networkmode: 'none', ...query });
    t.match(await build({ Dockerfile: { linkname: '/etc/passwd' } }), {
      error: /Cannot locate specified Dockerfile/,
    });
    t.match(await build({ Dockerfile: 'FROM base:1\nCOPY l /l', l: { linkname: '/etc/hostname' } }), {
      error: /file does not exist/,
    });
    t.match(await build({ 'd/Dockerfile': 'x' }, { dockerfile: '../../etc/passwd' }), {
      error: 'forbidden path outside the build context: ../../etc/passwd ()',
    });
    t.match(await build({ l: { linkname: '../../..' }, 'l/x': 'x', Dockerfile: 'FROM base:1' }), {
      error: undefined,
    });
  });
});

function answerFile(answer: ServerResponse, path: string): void {
  try {
    answer.end(readFileSync(path));
  } catch {
    answer.writeHead(404).end();
  }
}
