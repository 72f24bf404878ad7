/** `--via`: one transfer by another trunk's rules, or to a domain named on the spot. */
import type { TransferConfig } from '../config/types.ts';
import { DestinationError, NotFoundError } from '../core/errors.ts';
import { nearestNames } from '../core/text.ts';
import { findInvisible } from './address/characters-part.ts';
import { checkUri } from './address/uri.ts';
import type { TrunkMatch } from './trunks.ts';

export type Via = { kind: 'trunk'; match: TrunkMatch } | { kind: 'domain'; domain: string };

/**
 * Reads what `--via` names.
 * @param text a key of `trunks`, or a domain, with a port or parameters if need be
 * @throws NotFoundError when it is neither; DestinationError when it is no legal host
 */
export function readVia(text: string, config: TransferConfig): Via {
  const wanted = text.trim();
  const hidden = findInvisible(text);
  if (hidden !== null) {
    throw new DestinationError(`${hidden.name} at position ${hidden.position} of --via`);
  }
  const trunks = Object.entries(config.trunks ?? {});
  const found =
    trunks.find(([key]) => key === wanted) ??
    trunks.find(([key]) => key.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return { kind: 'trunk', match: { key: found[0], trunk: found[1] } };

  const domain = wanted.replace(/^sips?:(?!.*@)/i, '');
  if (!/[.[]|^localhost(?::|$)/.test(domain))
    throw unknownTrunk(wanted, Object.keys(config.trunks ?? {}));
  const checked = checkUri(`sip:${domain}`);
  if (!checked.ok || checked.user !== null || checked.headers !== null) {
    throw new DestinationError(
      `--via: "${wanted}" is not a host${checked.ok ? '' : `: ${checked.message}`}`,
      { hint: 'Give a trunk of the config, or a domain such as trunk.provider.com.' },
    );
  }
  return { kind: 'domain', domain };
}

function unknownTrunk(wanted: string, keys: string[]): NotFoundError {
  const near = nearestNames(wanted, keys);
  const guess =
    near.length === 0 ? '' : `; did you mean ${near.map((key) => `"${key}"`).join(' or ')}?`;
  const known = keys.length === 0 ? 'The config names no trunks.' : `Trunks: ${keys.join(', ')}.`;
  return new NotFoundError('no-such-trunk', `--via: no trunk "${wanted}" in the config${guess}`, {
    hint: `${known} Or give a domain, such as trunk.provider.com.`,
  });
}
