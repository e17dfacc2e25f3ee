/** What became of an image's document from one version of the API to the next: steps of `shape.ts`, undone in place. */

interface Fields {
  [name: string]: unknown;
  Config?: object;
}

/** What an image says of its containers, where it says nothing. */
const EMPTY_IMAGE_CONFIG = {
  User: '',
  Env: null,
  Cmd: null,
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
};

/** Fields of a container, which no image ever set. */
const EMPTY_CONTAINER_FIELDS = {
  Hostname: '',
  Domainname: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Image: '',
};

/** Go printed every field of the struct; clients index into them without asking. */
export function showEmptyImageFields(image: Fields): void {
  for (const name of ['Parent', 'Comment', 'DockerVersion', 'Author']) image[name] ??= '';
  image.Config = { ...EMPTY_IMAGE_CONFIG, ...image.Config };
}

export function showContainerFields(image: Fields): void {
  image.Config = { ...EMPTY_CONTAINER_FIELDS, ...image.Config };
}

export function hideIndex(image: Fields): void {
  delete image.Descriptor;
  delete image.Manifests;
}

/** The container that the classic builder made the image of: none here. */
export function showContainerOfImage(image: Fields): void {
  Object.assign(image, {
    Container: '',
    ContainerConfig: { ...EMPTY_CONTAINER_FIELDS, ...EMPTY_IMAGE_CONFIG },
  });
}

export function showVirtualSize(image: Fields): void {
  image.VirtualSize = image.Size;
  image.Created ??= '0001-01-01T00:00:00Z';
}
