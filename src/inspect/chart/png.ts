// An SVG file as a PNG. The font comes with the package: a machine may have none, and texts would be missing.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import { messageOf, TurnstateError } from '../../errors.ts'

/** Where the fonts are: beside this file's own build, or where the sources put them. */
const places = ['../../../fonts/', '../../../dist/fonts/']
const fonts = ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf']

let started: Promise<void> | null = null

/**
 * Draws at twice the size, so that it is sharp where screens are.
 *
 * @throws TurnstateError `not-available` where the fonts were not built
 */
export async function toPng(svg: string): Promise<Uint8Array> {
  started ??= initWasm(readFileSync(createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')))
  await started
  const picture = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { fontBuffers: fonts.map(readFont), defaultFontFamily: 'DejaVu Sans Mono' },
  })
  try {
    return picture.render().asPng()
  } finally {
    picture.free()
  }
}

function readFont(name: string): Uint8Array {
  const problems: string[] = []
  for (const place of places) {
    try {
      return readFileSync(fileURLToPath(new URL(`${place}${name}`, import.meta.url)))
    } catch (error) {
      problems.push(messageOf(error))
    }
  }
  throw new TurnstateError(
    'not-available',
    `The font ${name} was not built. Run \`npm run build:page\` in the checkout of turnstate. (${problems.join('; ')})`,
  )
}
