import type { Ratio } from './measure.ts'

/** A figure that is to stay below a limit. Shown, never asserted: noise is ±25 %. */
export interface Target {
  readonly what: string
  readonly measured: Pick<Ratio, 'value'> & Partial<Ratio>
  readonly limit: number
  readonly details: string
}

const digits = (value: number): string => value.toFixed(value < 0.1 ? 3 : 2)

export const showRatio = ({ value, min, max }: Target['measured']): string =>
  min === undefined || max === undefined ? digits(value) : `${digits(value)} (${digits(min)}–${digits(max)})`

const row = ({ what, measured, limit, details }: Target): string =>
  `| ${what} | ${showRatio(measured)} | ≤ ${limit} | ${measured.value <= limit ? 'ok' : '**over**'} | ${details} |`

export const targetTable = (targets: readonly Target[]): string =>
  ['| what | measured (min–max) | target | | |', '|---|---|---|---|---|', ...targets.map(row)].join('\n')

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
