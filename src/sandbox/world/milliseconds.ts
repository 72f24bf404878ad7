import type { Duration } from '@bufbuild/protobuf';

/** A protobuf duration in milliseconds; undefined when there is none, or none worth the name. */
export function milliseconds(duration: Duration | undefined): number | undefined {
  if (!duration) return undefined;
  const ms = Number(duration.seconds) * 1000 + duration.nanos / 1e6;
  return ms > 0 ? ms : undefined;
}
