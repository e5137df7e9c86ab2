export const formats = ['svg', 'png', 'mermaid', 'json'] as const
export const machines = ['conversation', 'toolCalls', 'toolCall'] as const

export interface ChartFlags {
  readonly format: (typeof formats)[number]
  readonly machine: (typeof machines)[number]
  readonly unfold: readonly string[]
  readonly states?: readonly string[]
  readonly compact?: boolean
  readonly theme: 'light' | 'dark'
  readonly output?: string
}
