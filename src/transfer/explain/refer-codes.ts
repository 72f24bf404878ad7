/** What SIP answers to a REFER have in common. */

/** They come to “there is no REFER here”. */
export const NO_REFER: readonly number[] = [405, 406, 415, 420, 421, 489, 501];
/** They come to “you may not”: policy, or a feature that is not switched on. */
export const POLICY: readonly number[] = [403, 603];
