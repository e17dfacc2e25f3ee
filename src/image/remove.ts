/** Removes an image, or only a name of it, by Docker's rules and in its words. */
import type { Digest } from '../core/digest.ts';
import { conflict } from '../core/errors.ts';
import { shortId } from '../core/ids.ts';
import { step } from '../core/step.ts';
import type { ImageContext } from './context.ts';
import { deleteVariants } from './delete-variants.ts';
import { getImage, isIdOf } from './find.ts';
import { collectGarbage } from './garbage.ts';
import type { Image } from './image.ts';
import { chainIds } from './layer-record.ts';
import { familiarName, parseReference, parseTagged, repositoryOf, wholeName } from './reference.ts';

export interface RemovedImage {
  Untagged?: string;
  Deleted?: string;
}

/** A container that was made from an image. */
export interface ImageUser {
  id: string;
  running: boolean;
}

export interface RemoveOptions {
  force: boolean;
  /** Images that it was made from go too, if nothing else keeps them. */
  prune: boolean;
  /** The containers made from an image. */
  users: (id: Digest) => ImageUser[];
}

export function removeImage(
  context: ImageContext,
  reference: string,
  options: RemoveOptions,
): Promise<RemovedImage[]> {
  return step('image.remove', { reference }, async () => {
    context.images.dropHidden((id) => options.users(id).length > 0);
    const image = getImage(context.images, reference);
    if (!context.images.isMeant(image.id)) return deleteVariants(context, [image], options);
    const shared = withVariants(context, image, options);
    const rows = isIdOf(image, reference)
      ? untagById(context, image, shared)
      : untagByName(context, image, reference, shared);
    if (context.images.names(image.id).length > 0 || context.images.children(image.id).length > 0)
      return rows;
    return [...rows, ...(await deleteImage(context, image, shared))];
  });
}

/** Whoever uses a variant uses the image: they go together. */
function withVariants({ images }: ImageContext, image: Image, options: RemoveOptions): RemoveOptions {
  const ids = images.variants(image).map(({ id }) => id);
  const users = (id: Digest) => (id === image.id ? ids.flatMap(options.users) : options.users(id));
  return { ...options, users };
}

function untagByName(
  context: ImageContext,
  image: Image,
  reference: string,
  { force, users }: RemoveOptions,
): RemovedImage[] {
  const names = context.images.names(image.id);
  const [user] = users(image.id);
  if (!force && user && isOneReference(names)) throw referenceInUse(reference, user, image);
  const name = parseTagged(reference);
  const others = names.filter((other) => other !== wholeName(name));
  const sameRepository = others.filter((other) => repositoryOf(parseReference(other)) === repositoryOf(name));
  const tagLeft = sameRepository.some((other) => !other.includes('@'));
  // Digests of a repository go with its last tag.
  const digests = tagLeft || name.digest !== undefined ? [] : sameRepository;
  return untag(context, [wholeName(name), ...digests]);
}

/** By id: all names go, if they are of one repository or it is forced; otherwise the id names too much. */
function untagById(context: ImageContext, image: Image, options: RemoveOptions): RemovedImage[] {
  const names = context.images.names(image.id);
  if (context.images.children(image.id).length > 0) {
    throw cannotDelete(image, 'cannot be forced', 'image has dependent child images');
  }
  if (!isOneReference(names) && !options.force && names.length > 0) {
    checkUsers(image, options, 'running');
    throw cannotDelete(image, 'must be forced', 'image is referenced in multiple repositories');
  }
  checkUsers(image, options, options.force ? 'running' : 'any');
  return untag(context, names);
}

async function deleteImage(
  context: ImageContext,
  image: Image,
  options: RemoveOptions,
): Promise<RemovedImage[]> {
  if (isNeeded(image, options)) return [];
  // A stopped container can still be started: what it stands on stays, out of sight, until it is gone.
  const gone = context.images.delete(image.id, (id) => options.users(id).length > 0);
  const layers = new Set(gone.flatMap(({ config }) => chainIds(config.rootfs.diff_ids)));
  const removed = await collectGarbage(context, [...layers]);
  // An index that is still named may have the image yet: then it stays.
  const ids = gone.map(({ id }) => id);
  const rows = [...ids, ...removed].map((Deleted) => ({ Deleted }));
  return options.prune ? [...rows, ...(await pruneParent(context, image, options))] : rows;
}

/** What only the removed image was made from, quietly. */
async function pruneParent(
  context: ImageContext,
  { parent }: Image,
  options: RemoveOptions,
): Promise<RemovedImage[]> {
  const { images } = context;
  const found = parent && images.list().find(({ id }) => id === parent);
  if (!found || images.names(found.id).length > 0 || images.children(found.id).length > 0) return [];
  return options.users(found.id).length > 0 ? [] : deleteImage(context, found, options);
}

/** After its last name was taken by force, a running container still keeps the image. */
function isNeeded(image: Image, { users }: RemoveOptions): boolean {
  return users(image.id).some(({ running }) => running);
}

function untag({ images }: ImageContext, names: string[]): RemovedImage[] {
  return names.map((name) => {
    images.removeName(name);
    return { Untagged: familiarName(parseReference(name)) };
  });
}

/** One tag at most, and everything in one repository. */
function isOneReference(names: string[]): boolean {
  const references = names.map(parseReference);
  const tags = references.filter(({ digest }) => digest === undefined);
  return tags.length <= 1 && new Set(references.map(repositoryOf)).size <= 1;
}

function checkUsers(image: Image, { users }: RemoveOptions, which: 'running' | 'any'): void {
  const all = users(image.id);
  const running = all.find((user) => user.running);
  if (running) {
    const message = `image is being used by running container ${shortId(running.id)}`;
    throw cannotDelete(image, 'cannot be forced', message);
  }
  const [stopped] = all;
  if (!stopped || which === 'running') return;
  const message = `image is being used by stopped container ${shortId(stopped.id)}`;
  throw cannotDelete(image, 'must be forced', message);
}

function cannotDelete(image: Image, force: string, reason: string) {
  return conflict(`conflict: unable to delete ${shortId(image.id)} (${force}) - ${reason}`);
}

function referenceInUse(reference: string, user: ImageUser, image: Image) {
  return conflict(
    `conflict: unable to remove repository reference "${reference}" (must force) - container ${shortId(user.id)} is using its referenced image ${shortId(image.id)}`,
  );
}
