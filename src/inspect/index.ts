// The door `turnstate/inspect`: named exports, no logic.
export * from './browser.ts'
export {
  type InspectorOptions,
  type RunningInspector,
  startInspector,
} from './web/start-inspector.ts'
export { type ConnectOptions, connectInspector, type InspectorConnection } from './link/connect-inspector.ts'
export type { Hub } from './hub/hub.ts'
export { toPng } from './chart/png.ts'
