// The simulator
export { startSimulator } from './simulator.ts'
export type { CloseOptions, Simulator } from './simulator.ts'
export type { SimulatorOptions, TestStringRefusal } from './plan/simulator-options.ts'
export type { RecordedRequest } from './api/recorded-request.ts'
export { refusalTestString } from './api/refusal-test-string.ts'
export { signThinking } from './memory/thinking-signatures.ts'
export { signCompaction } from './memory/compaction-signatures.ts'

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
export { hostileApi } from './hostile/serve/hostile-api.ts'
export type { HostileApi } from './hostile/serve/hostile-api.ts'
export { startHostileServer } from './hostile/serve/hostile-server.ts'
export type { HostileServer } from './hostile/serve/hostile-server.ts'
export { hostilePrograms } from './hostile/draw/hostile-programs.ts'
export type { HostileProgramOptions } from './hostile/draw/hostile-programs.ts'
export { playHostileProgram } from './hostile/play/play-program.ts'
export { hostileProblems } from './hostile/problems/hostile-problems.ts'
export { cameBackAfter } from './hostile/problems/first-failure.ts'
export { hostileLimits, tellingNotices } from './hostile/problems/limits.ts'
export type { HostileLimits } from './hostile/problems/limits.ts'
export { strike } from './hostile/program/rules.ts'
export type { HostileRule, Strike } from './hostile/program/rules.ts'
export type { HostileCall, HostileMessage, HostileProgram, HostileRejection } from './hostile/program/program.ts'
export type { HostileField } from './hostile/program/fields.ts'
export type { HostileBlock } from './hostile/program/inputs.ts'
export type { NoteInput, NoteTool } from './hostile/program/tools.ts'
export type { HostileChat, HostileGiven, HostileOutcome, HostileSetUp } from './hostile/play/chat.ts'
export type { HostileMessageReport, HostileReport } from './hostile/play/report.ts'
export type { HostileRequest } from './hostile/play/report.ts'

// Stores
export { storeCases } from './stores/store-cases.ts'
export type { StoreCase } from './stores/store-cases.ts'
export type { TestedStore } from './stores/tested-store.ts'
