import type { JsonObject } from '../../api/json.ts'

/** Top-level fields of a request that a rule can reject. */
export type HostileField =
  | 'metadata'
  | 'service_tier'
  | 'stop_sequences'
  | 'output_config'
  | 'thinking'
  | 'context_management'

const values: Readonly<Record<HostileField, unknown>> = {
  metadata: { user_id: 'hostile' },
  service_tier: 'auto',
  stop_sequences: ['<never said>'],
  output_config: { effort: 'high' },
  thinking: { type: 'adaptive' },
  context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
}

/** All of them, the simplest first. */
export const hostileFields: readonly HostileField[] = [
  'metadata',
  'service_tier',
  'stop_sequences',
  'output_config',
  'thinking',
  'context_management',
]

/** Beta headers for `file_id` and `context_management`. */
const betas = ['files-api-2025-04-14', 'context-management-2025-06-27']

/** The request fields of a program, and `betas`: the beta headers that its requests need. */
export const fieldsOf = (fields: readonly HostileField[]): JsonObject & { readonly betas: string[] } => ({
  ...Object.fromEntries(fields.map((name) => [name, values[name]])),
  betas: [...betas],
})
