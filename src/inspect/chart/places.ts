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
