// The door `turnstate/inspect` in a browser. It has the names of index.ts, so that types and bundles agree; what needs Node rejects.
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

// What needs Node
export { connectInspector, startInspector, toPng } from './not-in-browsers.ts'
export type { ConnectOptions, InspectorConnection } from './link/connect-inspector.ts'
export type { InspectorOptions, RunningInspector } from './web/start-inspector.ts'
