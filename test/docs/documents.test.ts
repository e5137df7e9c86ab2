import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorConsequences } from '../../src/index.ts'
import { documents, documentUrl, exampleUrl, pictures, refreshed } from '../scripts/documents.ts'

const texts = documents.map((path) => [path, readFileSync(documentUrl(path), 'utf8')] as const)
const forUsers = texts.filter(([path]) => path !== 'CONTRIBUTING.md' && path !== 'llms.txt')

/** The id that a heading has on a page of rendered Markdown. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s/g, '-')

const anchorsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? ''))

/** Links of a document to other places of the project. */
const linksIn = (text: string): readonly string[] =>
  [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))

describe('the documents', () => {
  it.each(texts)(
    '%s has its generated parts up to date (node --import tsx test/scripts/documents.ts writes them)',
    (_, text) => {
      expect(text).toBe(refreshed(text))
    },
  )

  it.each(Object.entries(pictures))('%s is drawn from the machine as it is', async (path, drawn) => {
    expect(readFileSync(documentUrl(path), 'utf8')).toBe(await drawn())
  })

  it('show every example once, and no code that is not run', () => {
    const names = readdirSync(new URL('.', exampleUrl('x'))).map((file) => file.replace(/\.tsx?$/, ''))
    const shown = forUsers.flatMap(([, text]) =>
      [...text.matchAll(/```tsx?(.*)\n/g)].map(([, info]) => info?.trim() ?? ''),
    )
    // One fragment shows what goes into a test of the reader's own.
    const examples = shown.filter((info) => info !== '').map((info) => info.replace('example=', ''))
    expect(examples.toSorted()).toEqual(names.toSorted())
    expect(shown.filter((info) => info === '')).toHaveLength(1)
  })

  it('name no error code that does not exist', () => {
    const others = new Set(['drop-turn', 'retry-after', 'awaiting-approval', 'request-id', 'turn-withdrawn'])
    for (const [path, text] of forUsers.filter(
      ([name]) => name === 'README.md' || /limits|branches|machine|turns|tools/.test(name),
    )) {
      const named = [...text.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, word]) => word ?? '')
      const unknown = named.filter((word) => !others.has(word) && !Object.hasOwn(errorConsequences, word))
      expect(unknown, path).toEqual([])
    }
  })

  it.each(texts)('%s has links that lead somewhere', (path, text) => {
    for (const target of linksIn(text)) {
      const [file = '', anchor] = target.split('#')
      const url = file === '' ? documentUrl(path) : new URL(file, documentUrl(path))
      expect(existsSync(url), `${path} → ${target}`).toBe(true)
      if (anchor !== undefined) expect(anchorsIn(readFileSync(url, 'utf8')), `${path} → ${target}`).toContain(anchor)
    }
  })

  it('are each linked from the README, or from a page that is', () => {
    const reached = new Set(['README.md'])
    for (const path of reached)
      for (const target of linksIn(readFileSync(documentUrl(path), 'utf8'))) {
        const found = new URL(target.split('#')[0] ?? '', documentUrl(path)).href.slice(documentUrl('.').href.length)
        if (documents.includes(found)) reached.add(found)
      }
    expect(documents.filter((path) => path !== 'llms.txt' && !reached.has(path))).toEqual([])
  })
})

describe('the README', () => {
  const [, readme = ''] = texts[0] ?? []

  it('is short: 220 lines at most', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(220)
  })

  it('begins with an example of twelve lines at most', () => {
    expect(readFileSync(exampleUrl('01-first-turn'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(12)
  })
})
