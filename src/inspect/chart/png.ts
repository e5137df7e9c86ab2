// Draws an SVG file as a PNG. The font comes with the package: without one, texts would be missing.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import { messageOf, TurnstateError } from '../../errors.ts'

/** Where the fonts are: in the build of this file, or in that of the checkout. */
const places = ['../../../fonts/', '../../../dist/fonts/']
const fonts = ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf']

let started: Promise<void> | null = null

/**
 * Draws an SVG file as a PNG at twice its size, so that it is sharp on high-resolution screens.
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
