// The door `turnstate/inspect`: named exports, no logic. What browsers have too stands in browser.ts.
export { chartOf, describeRecord, drawSvg, logRecords, statelyInspect, toMermaid, xstateInspect } from './browser.ts'
export type {
  ChartDefinition,
  ChartState,
  ChartTransition,
  ChartTrigger,
  DrawOptions,
  Inspection,
  InspectMessageEvent,
  InspectRequest,
  InspectServer,
  InspectSocket,
  InspectTargetWindow,
  InspectWindow,
  LogOptions,
  RecordLogger,
  SendTarget,
  ServerTarget,
  StatelyEvent,
  StatelyInspectOptions,
  StatelyMessage,
  StatelySnapshot,
  WindowTarget,
  XStateInspectOptions,
} from './browser.ts'

// The inspector
export { type InspectorOptions, type RunningInspector, startInspector } from './web/start-inspector.ts'
export { type ConnectOptions, connectInspector, type InspectorConnection } from './link/connect-inspector.ts'
export { toPng } from './chart/png.ts'
