// A chart as a file of its own: SVG text with its colours inside.
import { chartElements, type SvgElement } from './svg.ts'
import type { Drawing } from './layout.ts'

/** The colours of a picture: for light pages or dark ones. */
export type Theme = 'light' | 'dark'

interface Colours {
  readonly paper: string
  readonly ink: string
  readonly faint: string
  readonly box: string
  readonly inside: string
  readonly guard: string
}

const themes: Readonly<Record<Theme, Colours>> = {
  light: { paper: '#ffffff', ink: '#1b1f24', faint: '#6b7480', box: '#eef3fb', inside: '#f8fafd', guard: '#8a4b00' },
  dark: { paper: '#14171c', ink: '#e8ebf0', faint: '#8d97a5', box: '#232b38', inside: '#1a1f27', guard: '#f0b429' },
}

const style = ({ paper, ink, faint, box, inside, guard }: Colours): string =>
  [
    `text{font-family:"DejaVu Sans Mono",ui-monospace,Menlo,Consolas,monospace;fill:${ink}}`,
    `.box{fill:${box};stroke:${faint}}.open>.box{fill:${inside}}.inner{fill:none;stroke:${faint}}`,
    `.state .name{font-weight:bold}.note,.more,.fold{fill:${faint}}.guard{fill:${guard}}`,
    `.arrow,.beginning{stroke:${faint}}.arrowhead,.arrowhead-lit,.initial{fill:${faint}}`,
    `.halo{fill:${paper};fill-opacity:.9}.any rect{fill:${paper};stroke:${faint};stroke-dasharray:3 2}`,
  ].join('')

/** A drawing as the text of an SVG file. */
export function svgFile(drawing: Drawing, { theme, title }: { readonly theme: Theme; readonly title: string }): string {
  const colours = themes[theme]
  const [width, height] = [Math.ceil(drawing.width), Math.ceil(drawing.height)]
  const body = [
    { tag: 'title', attributes: {}, children: [title] },
    { tag: 'style', attributes: {}, children: [style(colours)] },
    { tag: 'rect', attributes: { width, height, fill: colours.paper }, children: [] },
    ...chartElements(drawing),
  ]
  const root = { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' }
  return `${textOf({ tag: 'svg', attributes: root, children: body })}\n`
}

function textOf({ tag, attributes, children }: SvgElement): string {
  const given = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
  const inner = children.map((child) => (typeof child === 'string' ? escaped(child) : textOf(child))).join('')
  return inner === '' ? `<${tag}${given.join('')}/>` : `<${tag}${given.join('')}>${inner}</${tag}>`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)
