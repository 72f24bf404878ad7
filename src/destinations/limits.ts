/** Destinations that cannot be had on one trunk, where nothing of the config is wrong. */
import { DestinationError } from '../core/errors.ts';

/** The config says itself that this trunk cannot dial it: no REFER, or no template on purpose. */
export class StatedLimitError extends DestinationError {}

/** A template wants what only a call brings along. */
export class CallNeededError extends DestinationError {}
