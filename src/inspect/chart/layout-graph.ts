// A graph as ELK takes and returns it: the part that is used. ELK's own declarations would have to be installed with the package.

/** Where ELK put something, in pixels. */
interface Shape {
  x?: number
  y?: number
  width?: number
  height?: number
  layoutOptions?: Record<string, string>
}

interface Label extends Shape {
  text?: string
}

interface Point {
  x: number
  y: number
}

interface Section {
  id: string
  startPoint: Point
  endPoint: Point
  bendPoints?: Point[]
}

export interface LayoutEdge {
  id: string
  sources: string[]
  targets: string[]
  labels?: Label[]
  sections?: Section[]
  layoutOptions?: Record<string, string>
}

export interface LayoutNode extends Shape {
  id: string
  children?: LayoutNode[]
  edges?: LayoutEdge[]
  labels?: Label[]
}
