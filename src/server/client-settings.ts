import { TurnstateError } from '../errors.ts'
import type { ClientSetting, ReadOptions } from './options.ts'

/** @throws TurnstateError `request-forbidden` when a client sets what it may not */
export function checkSettings(
  { clientsMaySet }: Pick<ReadOptions, 'clientsMaySet'>,
  given: Partial<Readonly<Record<ClientSetting, unknown>>>,
): void {
  const denied = (['model', 'budget', 'system'] as const).find(
    (name) => given[name] !== undefined && !clientsMaySet.has(name),
  )
  if (denied !== undefined)
    throw new TurnstateError('request-forbidden', `Clients of this server may not set "${denied}". Nothing was done.`)
}
