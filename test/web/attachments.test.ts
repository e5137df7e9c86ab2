import { describe, expect, it } from 'vitest'
import { takeFiles } from '../../src/web/composer/attachments.ts'

const limits = { message: 10_000, file: 6_000, image: 3_000 }
const file = (name: string, bytes: number, type = '') => new File([new Uint8Array(bytes)], name, { type })
const kinds = (...files: readonly File[]) =>
  takeFiles(files, [], limits).taken.map((taken) => [taken.file.name, taken.kind, taken.file.type])

describe('files for a message', () => {
  it('are pictures, PDFs and texts, by their type or else by their name', () => {
    expect(
      kinds(
        file('a.png', 10, 'image/png'),
        file('b.webp', 10),
        file('c.pdf', 10, 'application/pdf'),
        file('d.md', 10),
        file('e.csv', 10, 'application/vnd.ms-excel'),
      ).map(([name, kind]) => [name, kind]),
    ).toEqual([
      ['a.png', 'picture'],
      ['b.webp', 'picture'],
      ['c.pdf', 'pdf'],
      ['d.md', 'text'],
      ['e.csv', 'text'],
    ])
  })

  it('are declined in a sentence that names the file and the limit', () => {
    const { taken, declined } = takeFiles(
      [
        file('film.mp4', 10, 'video/mp4'),
        file('none.txt', 0),
        file('big.png', 3_001, 'image/png'),
        file('big.txt', 6_001),
        file('', 7_000, 'text/plain'),
      ],
      [],
      limits,
    )
    expect(taken).toEqual([])
    expect(declined).toEqual([
      '“film.mp4” can’t be read by the model: pictures, PDFs and texts can.',
      '“none.txt” is empty.',
      '“big.png” is too large: 3 kB is the most.',
      '“big.txt” is too large: 6 kB is the most.',
      'The file is too large: 6 kB is the most.',
    ])
  })

  it('fit into the message together, with those before', () => {
    const first = takeFiles([file('a.txt', 4_000)], [], limits)
    const { taken, declined } = takeFiles([file('b.txt', 4_000), file('c.txt', 1_000)], first.taken, limits)
    expect(taken.map((each) => each.file.name)).toEqual(['c.txt'])
    expect(declined).toEqual(['“b.txt” does not fit: a message has 10 kB at most.'])
  })
})
