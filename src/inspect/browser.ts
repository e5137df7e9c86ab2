// The door `turnstate/inspect` in a browser: what needs no server of its own. Named exports, no logic.
export { describeRecord, type LogOptions, logRecords, type RecordLogger } from '../observe/log-records.ts'

// Other inspectors
export { xstateInspect } from './xstate-inspect/index.ts'
export { statelyInspect } from './stately-inspect/index.ts'
export type {
  Inspection,
  InspectMessageEvent,
  InspectRequest,
  InspectServer,
  InspectSocket,
  InspectTargetWindow,
  InspectWindow,
  ServerTarget,
  WindowTarget,
  XStateInspectOptions,
} from './xstate-inspect/index.ts'
export type {
  SendTarget,
  StatelyEvent,
  StatelyInspectOptions,
  StatelyMessage,
  StatelySnapshot,
} from './stately-inspect/index.ts'

// Pictures
export { chartOf } from './chart/definition.ts'
export type { ChartDefinition, ChartState, ChartTransition } from './chart/definition.ts'
export type { ChartTrigger } from '../observe/transition-names.ts'
export { toMermaid } from './chart/mermaid.ts'
export { drawSvg, type DrawOptions } from './chart/draw.ts'
