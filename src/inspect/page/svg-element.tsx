import { type ComponentChild, h } from 'preact'
import type { SvgElement } from '../chart/svg.ts'

/** Converts elements of a drawing to Preact. States that fold can be reached by keyboard. */
export function toVirtual(element: SvgElement, index: number): ComponentChild {
  const { tag, attributes, children } = element
  const { 'data-state': state, 'data-fold': fold, class: classes = '' } = attributes
  const current = state !== undefined && String(classes).split(' ').includes('active') ? { 'aria-current': 'true' } : {}
  const button = fold === undefined ? {} : { tabindex: 0, role: 'button', 'aria-expanded': fold === 'open' }
  const key = state ?? attributes['data-arrow'] ?? attributes['data-step'] ?? index
  return h(
    tag,
    { ...attributes, ...current, ...button, key },
    children.map((child, at) => (typeof child === 'string' ? child : toVirtual(child, at))),
  )
}
