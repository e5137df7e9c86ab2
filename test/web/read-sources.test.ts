import { describe, expect, it } from 'vitest'
import type { TranscriptPart } from '../../src/index.ts'
import { sourcesOf } from '../../src/web/transcript/read-sources.ts'

const text = (...citations: readonly unknown[]): TranscriptPart => ({ type: 'text', text: 'x', citations })
const shown = (...parts: readonly TranscriptPart[]) =>
  sourcesOf(parts).map(({ number, title, url, cited }) => ({ number, title, url, cited }))

describe('the sources of a reply', () => {
  it('are those of each kind of citation that the API has, numbered as they are cited first', () => {
    expect(
      shown(
        text({ type: 'char_location', document_index: 0, document_title: 'Notes', cited_text: 'a' }),
        text(
          {
            type: 'page_location',
            document_index: 1,
            document_title: 'Songs.pdf',
            start_page_number: 2,
            cited_text: 'b',
          },
          { type: 'content_block_location', document_index: 2, document_title: 'Blocks', cited_text: 'c' },
        ),
        text({ type: 'web_search_result_location', url: 'https://a.example/x', title: 'X', cited_text: 'd' }),
        text({ type: 'search_result_location', source: 'https://b.example/y', title: 'Y', cited_text: 'e' }),
      ),
    ).toEqual([
      { number: 1, title: 'Notes', url: null, cited: 'a' },
      { number: 2, title: 'Songs.pdf', url: null, cited: 'b' },
      { number: 3, title: 'Blocks', url: null, cited: 'c' },
      { number: 4, title: 'X', url: 'https://a.example/x', cited: 'd' },
      { number: 5, title: 'Y', url: 'https://b.example/y', cited: 'e' },
    ])
  })

  it('are one for the same address, whoever cites it, and for documents of one title', () => {
    const one = text({ type: 'web_search_result_location', url: 'https://a.example', title: 'A', cited_text: 'first' })
    const two = text({ type: 'web_search_result_location', url: 'https://a.example/', title: 'A', cited_text: 'again' })
    const [source, ...others] = sourcesOf([one, two])
    expect(others).toEqual([])
    expect(source?.cited).toBe('first')
    expect([...(source?.citedBy ?? [])]).toEqual([one, two])
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', ' https://', '//a.example', 'http://'])(
    'have no link to %s',
    (url) => {
      expect(shown(text({ type: 'web_search_result_location', url, title: 'T', cited_text: '' }))).toEqual([
        { number: 1, title: 'T', url: null, cited: '' },
      ])
    },
  )

  it('are named by their host without a title, and by what they are without either', () => {
    expect(
      shown(text({ type: 'web_search_result_location', url: 'http://a.example/x', title: null }), text({}, 7, null)),
    ).toEqual([
      { number: 1, title: 'a.example', url: 'http://a.example/x', cited: '' },
      { number: 2, title: 'Document', url: null, cited: '' },
    ])
  })

  it('are none of what is no text, and of texts without citations', () => {
    expect(shown({ type: 'thinking', text: 'x' }, { type: 'text', text: 'y' })).toEqual([])
  })
})
