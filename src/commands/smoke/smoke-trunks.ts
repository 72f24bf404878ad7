/** The trunks of the project, and the one that is meant. */
import { KnownError, NotFoundError } from '../../core/errors.ts';
import { foldName, nearestNames } from '../../core/text.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Trunk } from '../../livekit/messages.ts';
import { type SmokeTrunk, smokeTrunk } from '../../smoke/plan.ts';

export interface KnownTrunks {
  /** null: the API key may not see them. */
  outbound: SmokeTrunk[] | null;
  inbound: SmokeTrunk[] | null;
}

async function listOrNull(
  client: LiveKitClient,
  direction: Trunk['direction'],
): Promise<SmokeTrunk[] | null> {
  try {
    return (await client.listTrunks(direction)).map(smokeTrunk);
  } catch (error) {
    if (error instanceof KnownError && error.code === 'permission') return null;
    throw error;
  }
}

/** Lists both kinds, as far as the key may. */
export async function listKnownTrunks(client: LiveKitClient): Promise<KnownTrunks> {
  const [outbound, inbound] = await Promise.all([
    listOrNull(client, 'outbound'),
    listOrNull(client, 'inbound'),
  ]);
  return { outbound, inbound };
}

const fits = (text: string) => (trunk: SmokeTrunk) =>
  trunk.id === text || (trunk.name !== null && foldName(trunk.name) === foldName(text));

/**
 * Finds the outbound trunk that is meant.
 * @param text an id, or a name
 * @throws NotFoundError; KnownError `usage` when several bear the name, `permission` when a name
 *   cannot be looked up
 */
export function findOutboundTrunk(text: string, { outbound, inbound }: KnownTrunks): SmokeTrunk {
  if (outbound === null) {
    if (text.startsWith('ST_')) return unseenTrunk(text);
    throw new KnownError(
      'permission',
      `The API key may not list trunks, so “${text}” is unknown.`,
      {
        hint: 'Give the id of the trunk (ST_…), or use a key whose token may list trunks (sip.admin).',
      },
    );
  }
  const byId = outbound.find(({ id }) => id === text);
  if (byId !== undefined) return byId;
  const named = outbound.filter(fits(text));
  const [only, second] = named;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw new KnownError('usage', `${named.length} trunks are called “${text}”.`, {
      details: named.map(({ id, host }) => `${id}  ${host ?? ''}`),
      hint: 'Name one by its id.',
    });
  }
  if (inbound?.some(fits(text))) {
    throw new NotFoundError(
      'no-such-trunk',
      `“${text}” is an inbound trunk: no call goes out there.`,
      {
        hint: 'Dial over an outbound trunk; --loop with a number of the inbound trunk tests that one.',
      },
    );
  }
  const names = outbound.flatMap(({ id, name }) => [id, name].filter((each) => each !== null));
  const near = nearestNames(text, names);
  throw new NotFoundError('no-such-trunk', `There is no outbound trunk “${text}”.`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.map((name) => `“${name}”`).join(' or ')}?`
        : outbound.length === 0
          ? 'The project has no outbound trunk at all.'
          : `Outbound trunks: ${outbound.map(({ id, name }) => `${name ?? 'without name'} (${id})`).join(', ')}.`,
  });
}

function unseenTrunk(id: string): SmokeTrunk {
  return { id, name: null, host: null, transport: null, provider: null, numbers: [] };
}
