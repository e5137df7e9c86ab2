// The door for clients of the AI SDK: types of messages, and what a page shows of them. It runs in browsers.
export { shownParts } from './shown-parts.ts'
export type { RefusalData, RetractedData, TurnstateData, TurnstateMetadata, UiMessage, UiPart } from './ui-message.ts'
