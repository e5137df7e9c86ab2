// The simulator
export { startSimulator } from './simulator.ts'
export type { CloseOptions, Simulator, SimulatorOptions, TestStringRefusal } from './plan/simulator-options.ts'
export type { RecordedRequest } from './api/recorded-request.ts'
export { refusalTestString } from './api/test-strings.ts'
export { signThinking } from './memory/signatures.ts'
export { signCompaction } from './memory/compaction-blocks.ts'

// Scripts
export { apiError, compact, gatewayError, httpError, pause, refuse, reply, streamError } from './script/build-script.ts'
export { apiFaults } from './script/api-faults.ts'
export type { ApiFault } from './script/api-faults.ts'
export type {
  DefaultStep,
  FallbackStep,
  HttpErrorStep,
  ReplyStep,
  Script,
  ScriptedHttpError,
  ScriptedRefusal,
  ScriptedUsage,
  ScriptStep,
} from './script/script.ts'
export type { ExtraEvent, MidStreamError, ScriptFaults, StartAgain } from './script/script-faults.ts'

// Blocks of scripts
export {
  calledBy,
  cited,
  codeExecutionResult,
  compaction,
  fallbackBlock,
  redactedThinking,
  serverToolUse,
  text,
  thinking,
  toolUse,
  webSearchResult,
} from './script/build-blocks.ts'
export type { ProgramRun, WebPage } from './script/build-blocks.ts'
export type {
  ScriptedBlock,
  ScriptedCompaction,
  ScriptedRawBlock,
  ScriptedRedactedThinking,
  ScriptedServerToolResult,
  ScriptedServerToolUse,
  ScriptedText,
  ScriptedThinking,
  ScriptedToolUse,
} from './script/script-blocks.ts'
export type { JsonObject } from './api/json.ts'

// The hostile server
export { hostileApi } from './hostile/hostile-api.ts'
export type { HostileApi } from './hostile/hostile-api.ts'
export { startHostileServer } from './hostile/hostile-server.ts'
export type { HostileServer } from './hostile/hostile-server.ts'
export { hostilePrograms } from './hostile/hostile-programs.ts'
export type { HostileProgramOptions } from './hostile/hostile-programs.ts'
export { playHostileProgram } from './hostile/play-program.ts'
export { hostileProblems } from './hostile/hostile-problems.ts'
export { cameBackAfter } from './hostile/first-failure.ts'
export { hostileLimits, tellingNotices } from './hostile/limits.ts'
export type { HostileLimits } from './hostile/limits.ts'
export { strike } from './hostile/rules.ts'
export type { HostileRule, Strike } from './hostile/rules.ts'
export type { HostileCall, HostileMessage, HostileProgram, HostileRejection } from './hostile/program.ts'
export type { HostileField } from './hostile/fields.ts'
export type { HostileBlock } from './hostile/inputs.ts'
export type { NoteInput, NoteTool } from './hostile/tools.ts'
export type { HostileChat, HostileGiven, HostileOutcome, HostileSetUp } from './hostile/chat.ts'
export type { HostileMessageReport, HostileReport } from './hostile/report.ts'
export type { HostileRequest } from './hostile/request-record.ts'
