// `skiff tag`: one more name for an image.

import { defineCommand } from '../../command.ts';
import { inPath } from '../../connection/path.ts';
import { parseReference } from '../../registry/reference.ts';

export const command = defineCommand({
  name: 'image tag',
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  description: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  args: [2, 2],
  flags: {},
  async run({ args: [source = '', target = ''], engine }) {
    const { familiar, tag } = readTarget(target);
    await engine.json('POST', `/images/${inPath(source)}/tag`, {
      query: { repo: familiar, tag: tag ?? 'latest' },
    });
  },
});

function readTarget(target: string): ReturnType<typeof parseReference> {
  try {
    return parseReference(target);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Error parsing reference: ${JSON.stringify(target)} is not a valid repository/tag: ${reason}`,
    );
  }
}
