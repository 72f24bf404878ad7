/** Audio for a room. */
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';

const RATE = 8_000;
const FRAME_MS = 100;
const SAMPLES = (RATE * FRAME_MS) / 1000;

/**
 * Publishes a tone that is too quiet to hear, until it is to end.
 * @param {import('@livekit/rtc-node').Room} room
 * @param {() => boolean} isToEnd
 */
export async function publishTone(room, isToEnd) {
  const source = new AudioSource(RATE, 1);
  const track = LocalAudioTrack.createAudioTrack('voice', source);
  const options = new TrackPublishOptions();
  options.source = TrackSource.SOURCE_MICROPHONE;
  await room.localParticipant?.publishTrack(track, options);
  const samples = Int16Array.from({ length: SAMPLES }, (_, index) => (index % 20 < 10 ? 8 : -8));
  while (!isToEnd()) await source.captureFrame(new AudioFrame(samples, RATE, 1, SAMPLES));
}
