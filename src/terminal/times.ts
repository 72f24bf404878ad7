import { formatDuration } from '../core/duration.ts';

/** How long something has lasted, for people; empty when nobody knows. */
export function formatAge(seconds: number | null): string {
  return seconds === null ? '' : formatDuration(seconds * 1000);
}
