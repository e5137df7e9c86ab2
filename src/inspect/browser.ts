// The door `turnstate/inspect` in a browser: what needs no server of its own.
export { type LogOptions, logRecords, describe, type RecordLogger } from './observe/log-records.ts'
export { chartOf } from './chart/definition.ts'
export type { ChartDefinition, ChartState, ChartTransition, ChartTrigger } from './chart/definition.ts'
export { toMermaid } from './chart/mermaid.ts'
export { drawSvg, type DrawOptions } from './chart/draw.ts'
