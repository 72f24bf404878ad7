/**
 * What a program gets that imports this package: the engine behind the command line. It prints
 * nothing, asks nothing, and brings no terminal code along.
 */
export type { Call, CallStatus, Condition } from './calls/call.ts';
export { checkConfig } from './config/check.ts';
export type {
  DepartmentConfig,
  DialTemplates,
  MoveMethod,
  PolicyConfig,
  ProviderName,
  TransferConfig,
  TrunkConfig,
} from './config/types.ts';
export type { LoadedConfig } from './config/words.ts';
export {
  ConfigError,
  type ConfigProblem,
  CredentialsError,
  DestinationError,
  type ErrorCode,
  type ExitCode,
  isKnownError,
  KnownError,
  NotFoundError,
  PolicyError,
} from './core/errors.ts';
export type { UriParts, UriScheme } from './destinations/address/characters.ts';
export { type Phone, type PhoneType, parsePhone } from './destinations/address/phone.ts';
export { checkUri, type IllegalUri, type LegalUri } from './destinations/address/uri.ts';
export type {
  Destination,
  DestinationKind,
  ResolveStep,
  TrunkFacts,
} from './destinations/destination.ts';
export type { BridgePreview, TrunkResolution } from './destinations/on-trunks.ts';
export {
  type Department,
  findDepartment,
  listDepartments,
  nearestDepartments,
} from './destinations/reading.ts';
export type { ResolveOptions } from './destinations/resolve.ts';
export type { BridgedCall, BridgeRoom, BridgeWatchOptions } from './library/in-process.ts';
export { loadConfig, type OpenOptions, openTransfers } from './library/open.ts';
export { type TransferTool, type TransferToolOptions, transferTool } from './library/tool.ts';
export {
  type CallLocation,
  resolveOnTrunksOf as resolveOnEveryTrunk,
  resolveWithConfig as resolveDestination,
  type TransferCallOptions,
  type TransferOutcome,
  type Transfers,
  type TransferVerdict,
  type WayOptions,
} from './library/transfers.ts';
export {
  type Announcement,
  type AnnouncementRequest,
  type AnnouncerRoom,
  registerAnnouncer,
} from './transfer/announce.ts';
export type { BridgeEnd } from './transfer/bridge/watch.ts';
export type { Action, Advice } from './transfer/explain/advice.ts';
export type {
  Bridge,
  CallerLocation,
  Evidence,
  Leg,
  LiveKitAnswer,
  OpenTransfer,
  Outcome,
  SipStatus,
  Stage,
  StepMethod,
  UnderWay,
} from './transfer/outcome.ts';
export type { AttemptRecord, ChainResult, TransferResult } from './transfer/result.ts';
