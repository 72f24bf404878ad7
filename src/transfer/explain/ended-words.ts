/** The call is over, and nothing shows whether the target answered: what may have happened. */
import { MEDIA_TIMEOUT_MS } from '../../core/limits.ts';
import type { Finding } from './advice.ts';
import { whomToAsk } from './earlier-words.ts';
import type { Account } from './facts.ts';

/** Finds the explanations that fit. */
export function endedWords(account: Account): Finding {
  const { call, durationMs, verdict } = account;
  const meaning = 'nothing shows whether the target answered';
  const ask = `Ask at ${whomToAsk(account)}, or call the caller back.`;
  if (verdict.cause === 'call-ended') {
    const hint = `LiveKit says that the call ended before the transfer did. ${ask}`;
    return { meaning, hint, action: 'ask-target' };
  }
  const hold =
    durationMs > MEDIA_TIMEOUT_MS
      ? '; or LiveKit cut a leg that the trunk had put on hold, silent for 15 s (a longer media_timeout, set on the trunk in LiveKit, prevents that)'
      : '';
  const trunk = call.trunkId ?? call.host ?? 'this trunk';
  return {
    meaning,
    hint: `Either the caller hung up, or the trunk hung up first, as some do after a good transfer${hold}. ${ask} If this trunk always hangs up first, set "hangsUpFirst": true for ${trunk} in the config.`,
    action: 'ask-target',
  };
}
