// Points, boxes and labels of a drawing.
import type { LabelLine } from './graph.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Box extends Point {
  readonly width: number
  readonly height: number
}

export interface DrawnLabel extends Box {
  readonly lines: readonly LabelLine[]
}

/** Whether two boxes have a place in common, or are closer than the margin. */
export const overlaps = (a: Box, b: Box, margin = 0): boolean =>
  a.x < b.x + b.width + margin &&
  b.x < a.x + a.width + margin &&
  a.y < b.y + b.height + margin &&
  b.y < a.y + a.height + margin
