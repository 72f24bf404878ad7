/**
 * What a SIP status means to somebody who moves calls. The same number means one thing as the
 * trunk's answer to the REFER and another in the NOTIFY about the target (providers.md, "What a
 * status means"), so there are two tables.
 */

export interface SipWords {
  /** Stands in brackets behind the number. */
  meaning: string;
  hint: string;
}

const WARM =
  'If it stays so, use a warm transfer: dial the target into the room and let the agent brief them.';

const REFER_WORDS: Record<number, SipWords> = {
  400: {
    meaning: 'the trunk could not read the address',
    hint: 'Try the other form of address: sip: on the trunk’s own domain instead of tel:, or the reverse.',
  },
  401: {
    meaning: 'the trunk asks a password for transfers',
    hint: 'LiveKit does not answer that. Set the trunk to authenticate by IP address.',
  },
  403: {
    meaning: 'the provider does not allow this transfer',
    hint: 'Switch call transfer (SIP REFER) on at the provider, or check that it may reach this destination.',
  },
  404: {
    meaning: 'the trunk does not know this address',
    hint: 'Check the number or extension, and the domain in the address.',
  },
  405: {
    meaning: 'transfers by REFER are not supported here',
    hint: `Ask the provider whether REFER can be switched on. ${WARM}`,
  },
  408: { meaning: 'something behind the trunk did not answer', hint: 'Try again in a minute.' },
  416: {
    meaning: 'the trunk does not take this kind of address',
    hint: 'Try the other form of address: sip: on the trunk’s own domain instead of tel:, or the reverse.',
  },
  429: {
    meaning: 'the trunk wants to know who refers',
    hint: 'Add --header "Referred-By: <sip:you@your.domain>".',
  },
  480: { meaning: 'the provider is busy', hint: 'Try again in a few seconds.' },
  481: {
    meaning: 'the trunk no longer knows the call',
    hint: 'The call had probably ended. Look with `lk-transfer calls`.',
  },
  484: {
    meaning: 'the address is incomplete',
    hint: 'Check the number: it may need the country code and a plus.',
  },
  488: {
    meaning: 'the trunk cannot do it the way it was asked',
    hint: 'Try another destination or form of address.',
  },
  491: {
    meaning: 'the trunk is busy with another request for this call',
    hint: 'Try again in a few seconds.',
  },
  500: { meaning: 'a fault at the provider', hint: 'Try again later.' },
  501: {
    meaning: 'transfers by REFER are not supported here',
    hint: `Ask the provider whether REFER can be switched on. ${WARM}`,
  },
  503: { meaning: 'the provider is out of service or full', hint: 'Try again later.' },
  603: {
    meaning: 'the provider’s policy; nobody was called',
    hint: 'Call transfer is probably not switched on for this trunk, or this destination is not allowed: ask the provider.',
  },
};
const REFER_ALIASES: Record<number, number> = {
  407: 401,
  406: 405,
  415: 405,
  420: 405,
  421: 405,
  489: 405,
  486: 480,
  600: 480,
  487: 408,
  504: 408,
  502: 500,
  604: 404,
  606: 488,
};

const TARGET_WORDS: Record<number, SipWords> = {
  400: { meaning: 'the number is malformed', hint: 'Check the number.' },
  401: {
    meaning: 'the provider may not dial there',
    hint: 'Check the outbound settings of the trunk at the provider.',
  },
  403: {
    meaning: 'the provider may not call this destination',
    hint: 'Check outbound permissions, countries and credit at the provider.',
  },
  404: { meaning: 'there is no such number or extension', hint: 'Check the destination.' },
  408: { meaning: 'nobody answered', hint: 'Try another destination, or the same one later.' },
  410: { meaning: 'the number is no longer in use', hint: 'Check the destination.' },
  480: {
    meaning: 'not available right now',
    hint: 'Try another destination, or the same one later.',
  },
  484: { meaning: 'the number is incomplete', hint: 'Check the number.' },
  486: { meaning: 'busy', hint: 'Try another destination, or the same one in a minute.' },
  488: {
    meaning: 'the two ends have no audio format in common',
    hint: 'Ask whoever runs the target’s telephone system.',
  },
  500: {
    meaning: 'a fault on the way to the target',
    hint: 'Try again later, or another destination.',
  },
  603: {
    meaning: 'the target, or its provider, declined the call',
    hint: 'Try another destination.',
  },
};
const TARGET_ALIASES: Record<number, number> = {
  407: 401,
  429: 401,
  487: 408,
  504: 408,
  600: 486,
  604: 404,
  606: 488,
  502: 500,
  503: 500,
};

/**
 * @param targetLeg true for the NOTIFY, false for the answer to the REFER
 * @returns words for any code: the known ones by table, the others by their class
 */
export function sipWords(code: number, targetLeg: boolean): SipWords {
  const words = targetLeg ? TARGET_WORDS : REFER_WORDS;
  const aliases = targetLeg ? TARGET_ALIASES : REFER_ALIASES;
  const known = words[code] ?? words[aliases[code] ?? 0];
  if (known !== undefined) return known;
  if (code >= 500 && code < 600) return words[500] as SipWords;
  return targetLeg
    ? {
        meaning: 'the call to the target failed',
        hint: 'Try another destination, or the same one later.',
      }
    : { meaning: 'the trunk does not do this', hint: `Ask the provider what it means. ${WARM}` };
}
