import { type ComponentChild, h } from 'preact'
import type { SvgElement } from '../chart/svg.ts'

/** Elements of a drawing as elements of the page. States can be reached by keyboard. */
export function toVirtual(element: SvgElement, index: number): ComponentChild {
  const { tag, attributes, children } = element
  const state = attributes['data-state']
  const extra =
    state === undefined ? {} : { tabindex: 0, role: 'button', 'aria-label': labelOf(String(state), attributes) }
  const key = state ?? attributes['data-arrow'] ?? index
  return h(
    tag,
    { ...attributes, ...extra, key },
    children.map((child, at) => (typeof child === 'string' ? child : toVirtual(child, at))),
  )
}

function labelOf(state: string, { class: classes = '' }: SvgElement['attributes']): string {
  const names = String(classes).split(' ')
  return `state ${state}${names.includes('active') ? ', active' : ''}${names.includes('open') ? ', open' : ''}`
}
