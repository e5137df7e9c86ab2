// What clients of AG-UI import, browsers too: the typed refusal, and the names that this server adds to the protocol.
import { isRecord } from '../../objects.ts'
import { type AguiRefusal, refusalEvent } from './events.ts'

export { refusalEvent, refusedCode } from './events.ts'
export type { AguiInterrupt, AguiRefusal, AguiResult, AguiState } from './events.ts'

/**
 * The refusal that an event of a run tells of, or `null` for any other event:
 * `onCustomEvent: ({ event }) => show(readRefusal(event)?.messageForUser)`.
 */
export function readRefusal(event: unknown): AguiRefusal | null {
  if (!isRecord(event) || event['type'] !== 'CUSTOM' || event['name'] !== refusalEvent) return null
  // This server alone sends events of that name.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return isRecord(event['value']) ? (event['value'] as unknown as AguiRefusal) : null
}
