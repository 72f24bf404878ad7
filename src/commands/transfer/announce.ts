/** What a caller is told before a transfer: which words, who says them, and having them said, once. */
import { ConfigError, InterruptedError, KnownError, UsageError } from '../../core/errors.ts';
import { findDepartment } from '../../destinations/reading.ts';
import {
  type Announcement,
  type AnnouncementPlan,
  announceBy,
  announcementProblem,
  fillAnnouncement,
  findAnnouncer,
} from '../../transfer/announce.ts';
import { rereadCall } from '../../transfer/before-sending.ts';
import {
  callerSpoke,
  movedUnannounced,
  NOTHING_SENT,
  notAnnounced,
} from '../../transfer/explain/errors.ts';
import type { Planned, TransferPlan } from '../../transfer/plan.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import type { SoundFile } from './sound.ts';

/** What the command line says of it; nothing leaves it to the config. */
interface AnnounceFlags {
  announce?: string | false;
  announceRequired?: true;
  announceFile?: string;
  dryRun?: true;
}

/** Told while it is under way. */
interface AnnounceTelling {
  /** It is being said, or played. */
  onSaying?(words: string): void;
  /** The caller is moved although it was not said, or may not have been: a sentence. */
  onUnsaid(words: string): void;
}

/** What is told of the announcement of a single transfer. */
export function tellAnnouncing({ output }: Context): AnnounceTelling {
  return {
    onSaying: (words) => output.progress(`${words}. Ctrl-C stops before anything is sent`),
    onUnsaid: (words) => output.warn(words),
  };
}

type Wanted = AnnouncementPlan | undefined;

export class Announcements {
  readonly #flags: AnnounceFlags;
  readonly #session: Session;
  readonly #context: Context;
  readonly #file: SoundFile | null;

  private constructor(
    flags: AnnounceFlags,
    session: Session,
    context: Context,
    file: SoundFile | null,
  ) {
    this.#flags = flags;
    this.#session = session;
    this.#context = context;
    this.#file = file;
  }

  /**
   * Reads what the flags ask for.
   * @param context whose Ctrl-C ends what is being said
   * @throws UsageError for words or a file that no caller could be told
   */
  static async open(
    flags: AnnounceFlags,
    session: Session,
    context: Context,
  ): Promise<Announcements> {
    const { announce, announceFile } = flags;
    const problem = typeof announce === 'string' ? announcementProblem(announce) : null;
    if (problem !== null) {
      throw new UsageError(`The text of --announce ${problem}.`, {
        hint: 'It is one line of at most 300 characters; --no-announce says nothing.',
      });
    }
    const file =
      announceFile === undefined
        ? null
        : await (await import('./sound.ts')).openSound(announceFile, context.host);
    return new Announcements(flags, session, context, file);
  }

  /** What a plan has announced; undefined: nothing. @throws ConfigError, UsageError */
  #wantedFor({ destination }: TransferPlan): Wanted {
    const { announce, announceRequired } = this.#flags;
    const { config, loaded } = this.#session;
    const { department } = destination;
    const ofDepartment = department === null ? null : findDepartment(config, department);
    const words =
      announce === false ? null : (announce ?? ofDepartment?.announce ?? config.announce ?? null);
    if (words === null && this.#file === null) {
      if (announceRequired !== true) return undefined;
      throw new UsageError('--announce-required needs an announcement, and there is none.', {
        hint: 'Give the text with --announce, or in `announce` of the config. Nothing was sent.',
      });
    }
    const text = words === null ? null : fillAnnouncement(words, destination);
    const problem = text === null ? null : announcementProblem(text);
    if (problem !== null) {
      const message = `The announcement ${problem}, once {department} is filled in. Nothing was sent.`;
      throw announce === undefined
        ? new ConfigError(message, { file: loaded.file })
        : new UsageError(message);
    }
    const file = this.#file?.path ?? null;
    const required = announceRequired === true;
    return { text, by: 'unasked', agent: null, file, reason: null, required };
  }

  /** For many callers: who can say it is asked when their turn comes. @throws as `prepare` */
  postpone({ plan, leftOut }: Planned): Planned {
    const announcement = this.#wantedFor(plan);
    return announcement === undefined
      ? { plan, leftOut }
      : { plan: { ...plan, announcement }, leftOut };
  }

  /**
   * Asks the agents who can say it, which no caller hears.
   * @throws KnownError `not-announced` where nobody can, it is required, and this is no dry run;
   *   UsageError, ConfigError; InterruptedError
   */
  async prepare(planned: Planned): Promise<Planned> {
    const { plan } = planned;
    // Nothing will be sent as it is.
    const isStopped = !plan.call.transferable || (plan.openTransfers.length > 0 && !plan.again);
    const wanted = this.#wantedFor(plan);
    if (wanted === undefined || isStopped) return planned;
    const { text, file, required } = wanted;
    const found = text === null ? null : await this.#findAgent(plan);
    if (found !== null && 'identity' in found) {
      const announcement = { ...wanted, by: 'agent', agent: found.identity } as const;
      return { ...planned, plan: { ...plan, announcement } };
    }
    const reasons = [found?.reason ?? null, file === null ? null : (this.#file?.missing ?? null)];
    const reason = reasons.filter((each) => each !== null).join('; ') || null;
    const by = this.#canPlay ? 'file' : 'nobody';
    if (by === 'nobody' && required && this.#flags.dryRun !== true) throw this.#stop(plan, reason);
    return { ...planned, plan: { ...plan, announcement: { ...wanted, by, reason } } };
  }

  get #canPlay(): boolean {
    return this.#file !== null && this.#file.player !== null;
  }

  async #findAgent({ call }: TransferPlan) {
    const { client, isAgent } = this.#session;
    const found = await findAnnouncer(client, call, isAgent);
    this.#throwIfInterrupted();
    return found;
  }

  #stop({ call }: TransferPlan, reason: string | null, told?: Announcement): KnownError {
    const data = { callId: call.callId, ...(told && { announcement: told }) };
    const mayBeHeard = told?.outcome === 'unknown';
    const { message, hint } = notAnnounced(call, mayBeHeard, reason ?? 'nobody can');
    return new KnownError('not-announced', message, { hint, data });
  }

  #throwIfInterrupted(): void {
    const { signal } = this.#context.interruption;
    if (signal !== null) throw new InterruptedError(signal, NOTHING_SENT);
  }

  /**
   * Has the caller told, once, where a plan wants it; the transfer itself is sent afterwards.
   * @returns what became of it; null where nothing was to be said
   * @throws KnownError `caller-spoke`, `not-announced`; CallerAwayError; InterruptedError. Nothing was
   *   sent then
   */
  async carryOut(plan: TransferPlan, telling: AnnounceTelling): Promise<Announcement | null> {
    const { call, announcement: wanted } = plan;
    if (wanted === undefined) return null;
    let told = unsaid(wanted, wanted.reason);
    if (wanted.by !== 'nobody') {
      // Minutes may have passed since the preview.
      await rereadCall(this.#session.client, call, this.#context.host.now());
      this.#throwIfInterrupted();
      told = await this.#tell(plan, wanted, telling);
      this.#throwIfInterrupted();
    }
    const { outcome, reason } = told;
    if (outcome === 'said') return told;
    if (outcome === 'interrupted') {
      const { message, hint } = callerSpoke(call);
      const data = { callId: call.callId, announcement: told };
      throw new KnownError('caller-spoke', message, { hint, data });
    }
    if (wanted.required) throw this.#stop(plan, reason, told);
    // The preview has said so where it was known by then.
    if (wanted.by !== 'nobody') {
      telling.onUnsaid(movedUnannounced(call, outcome === 'unknown', reason ?? 'nobody can'));
    }
    return told;
  }

  /** By an agent; by the file only where it is certain that no agent has said anything. */
  async #tell(
    plan: TransferPlan,
    wanted: AnnouncementPlan,
    { onSaying }: AnnounceTelling,
  ): Promise<Announcement> {
    const { call, destination } = plan;
    const { text } = wanted;
    const asked: string[] = [];
    let told = unsaid(wanted, wanted.reason);
    let agent = wanted.agent;
    // The second time for one that has taken the first one's place.
    while (text !== null && wanted.by !== 'file' && asked.length < 2) {
      const found = agent === null ? await this.#findAgent(plan) : { identity: agent };
      if ('reason' in found) {
        told = unsaid(wanted, found.reason);
        break;
      }
      if (asked.includes(found.identity)) break;
      asked.push(found.identity);
      onSaying?.(`${found.identity} tells the caller`);
      const { client } = this.#session;
      told = await announceBy(client, call, found.identity, text, destination.department);
      this.#throwIfInterrupted();
      if (told.outcome !== 'not-said') return told;
      agent = null;
    }
    if (this.#file === null || this.#file.player === null) {
      const missing = this.#file?.missing ?? null;
      const reasons = [told.reason, missing].filter((reason) => reason !== null);
      return { ...told, reason: [...new Set(reasons)].join('; ') };
    }
    onSaying?.(`${this.#file.path} is played to the caller`);
    const { playSound } = await import('./sound.ts');
    const playing = playSound(this.#file, call.room, this.#session, this.#context);
    const { failed, reason } = await playing.catch(unplayed);
    if (failed === null) return { ...told, outcome: 'said', by: 'file', agent: null, reason: null };
    const outcome = failed === 'before' ? 'not-said' : 'unknown';
    return { ...told, outcome, by: outcome === 'unknown' ? 'file' : null, agent: null, reason };
  }
}

function unsaid({ text, file }: AnnouncementPlan, reason: string | null): Announcement {
  return { text, outcome: 'not-said', by: null, agent: null, file, reason };
}

/** What fails before a player runs: no disk to put the sound on, or no process. */
function unplayed(error: unknown) {
  if (!(error instanceof Error)) throw error;
  const why = 'code' in error ? String(error.code) : error.message;
  return { failed: 'before', reason: `it could not be played (${why})` } as const;
}

// What is shown of it before anybody is asked.

/** What is said to the caller before, and by whom. @returns foreign text in it is not yet escaped */
export function describeAnnouncement({ announcement }: TransferPlan): string[] {
  if (announcement === undefined) return [];
  const { text, by, agent, file } = announcement;
  const words = text === null ? null : `“${text}”`;
  const sound = file === null ? null : `the sound file ${file}`;
  if (by === 'agent') return [`${words}, by ${agent}`];
  if (words === null || (by === 'file' && sound !== null)) {
    if (by === 'nobody') return [`nothing, in place of ${sound}`];
    return [words === null ? `${sound}` : `${sound}, in place of ${words}`];
  }
  if (by === 'nobody') return [`nothing, in place of ${words}`];
  return [`${words}, where an agent can say it${sound === null ? '' : `; else ${sound}`}`];
}

/** Nobody can announce it, or only a sound file can. */
export function warnUnannounced({ announcement }: TransferPlan): string[] {
  if (announcement === undefined || announcement.reason === null) return [];
  const { by, reason } = announcement;
  return [`${by === 'file' ? 'no agent can announce it' : 'it cannot be announced'}: ${reason}`];
}

/** Why nothing would be sent; null when it would. */
export function announcementStop({ announcement }: TransferPlan): string | null {
  if (announcement?.required !== true || announcement.by !== 'nobody') return null;
  return `it cannot be announced (${announcement.reason})`;
}
