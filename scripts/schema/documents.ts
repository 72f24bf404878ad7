/**
 * Every document and every line that the program prints as JSON, by the name of its schema. The first
 * sentence of each comment is what `lk-transfer schema` lists.
 */
import type { HangUpResult } from '../../src/call-control/hang-up.ts';
import type { RescueResult } from '../../src/call-control/rescue.ts';
import type { Call } from '../../src/calls/call.ts';
import type { WatchEvent } from '../../src/calls/watched-calls.ts';
import type { HangUpDryRun, HangUpLine, RescueDryRun } from '../../src/commands/calls/command.ts';
import type { RoomRecord } from '../../src/commands/calls/rooms.ts';
import type {
  ConfigCheckRecord,
  ConfigPathRecord,
  NewConfigRecord,
} from '../../src/commands/config/command.ts';
import type { TrunkRecord } from '../../src/commands/destinations/command.ts';
import type {
  DepartmentOnTrunk,
  DepartmentRecord,
} from '../../src/commands/destinations/departments.ts';
import type { ResolvedOnTrunk, ResolvedRecord } from '../../src/commands/destinations/resolve.ts';
import type { BugReportFile, DoctorDocument } from '../../src/commands/doctor/run.ts';
import type { SandboxRecord, SchemaRecord } from '../../src/commands/help/command.ts';
import type { TicketRecord } from '../../src/commands/history/command.ts';
import type { LeftoverRecord, SmokeDryRun, SmokeLine } from '../../src/commands/smoke/command.ts';
import type {
  BatchLine,
  TransferDryRun,
  TransferEvent,
} from '../../src/commands/transfer/command.ts';
import type { SettingRow } from '../../src/config/settings.ts';
import type { ErrorData, ErrorWords, WarningLine } from '../../src/core/errors.ts';
import type { RecordedAttempt } from '../../src/history/attempts.ts';
import type { SummaryRow } from '../../src/history/summary.ts';
import type { DebugLine } from '../../src/program/run.ts';
import type { Announcement } from '../../src/transfer/announce.ts';
import type { ChainResult } from '../../src/transfer/result.ts';

/** What went wrong, with what was said to the caller before, in all its fields. */
export interface ErrorDocument {
  /** What went wrong. */
  error: ErrorDetail;
}

interface ErrorDetail extends ErrorWords, Omit<ErrorData, 'announcement'> {
  /** How the announcement ended, where there was one. */
  announcement?: Announcement;
}

export interface Documents {
  /** `calls --json`: the calls that are up. */
  calls: Call[];
  /** A line of `calls --watch --json`: something happened to a call, or to the watch. */
  'calls-watch': WatchEvent;
  /** `config check --json`: a config file that is valid. */
  'config-check': ConfigCheckRecord;
  /** `config init --json`: the config file that was written. */
  'config-init': NewConfigRecord;
  /** `config path --json`: which config file is used. */
  'config-path': ConfigPathRecord;
  /** `config show --json`: every setting, with its origin. */
  'config-show': SettingRow[];
  /** A line on standard error, with `--json --debug`: where an error happened. */
  debug: DebugLine;
  /** `departments --json`: the departments, and where each leads. */
  departments: DepartmentRecord[];
  /** `departments --all-trunks --json`: where each department leads on each trunk. */
  'departments-all-trunks': DepartmentOnTrunk[];
  /** `doctor --json`: all checks, and the trunks. */
  doctor: DoctorDocument;
  /** The file that `doctor --report FILE` writes, for the report of a bug. */
  'doctor-report': BugReportFile;
  /** A line on standard error, with `--json`: the run has failed. */
  error: ErrorDocument;
  /** `hangup --json`: what is known of the phone. */
  hangup: HangUpResult;
  /** A line of `hangup - --json`: a batch of hang-ups. */
  'hangup-batch': HangUpLine;
  /** `hangup --dry-run --json`: whom it would cut off. */
  'hangup-dry-run': HangUpDryRun;
  /** `history --json` and `history close --json`: transfers made from this machine. */
  history: RecordedAttempt[];
  /** `history --summary --json`: how many ended in which way. */
  'history-summary': SummaryRow[];
  /** `rescue --json`: whether an agent is with the caller. */
  rescue: RescueResult;
  /** `rescue --dry-run --json`: which agent it would request. */
  'rescue-dry-run': RescueDryRun;
  /** `resolve --json`: how a destination becomes an address. */
  resolve: ResolvedRecord;
  /** `resolve --all-trunks --json`: the address on each trunk. */
  'resolve-all-trunks': ResolvedOnTrunk[];
  /** `rooms --json`: the rooms with SIP callers in them. */
  rooms: RoomRecord[];
  /** `sandbox --json`: how to reach the sandbox. */
  sandbox: SandboxRecord;
  /** `schema --json`: the names of all schemas. */
  schema: SchemaRecord[];
  /** A line of `smoke --json`: a step, a result or the sum of smoke tests. */
  smoke: SmokeLine;
  /** `smoke --clean --json`: rooms that tests have left. */
  'smoke-clean': LeftoverRecord[];
  /** A line of `smoke --dry-run --json`: what a test would do. */
  'smoke-dry-run': SmokeDryRun;
  /** `ticket --json`: what a provider’s support asks for about a call. */
  ticket: TicketRecord[];
  /** `transfer --json` by REFER: how it ended, and where the caller is. */
  transfer: ChainResult;
  /** A line of `transfer - --json`: a batch of transfers. */
  'transfer-batch': BatchLine;
  /** A line of `transfer --json` where the target may be dialled: a bridge, as it goes. */
  'transfer-bridge': TransferEvent;
  /** `transfer --dry-run --json`: what a transfer would do. */
  'transfer-dry-run': TransferDryRun;
  /** `trunks --json`: every trunk, and what is known of REFER on it. */
  trunks: TrunkRecord[];
  /** A line on standard error, with `--json`: something must be known beside the result. */
  warning: WarningLine;
}
