// Puts the fonts of pictures, with their licence, beside the page: `turnstate chart --format png` draws with them.
import { copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'

const { resolve } = createRequire(import.meta.url)
const fonts = new URL('../../dist/fonts/', import.meta.url)
mkdirSync(fonts, { recursive: true })
for (const name of ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf'])
  copyFileSync(resolve(`dejavu-fonts-ttf/ttf/${name}`), new URL(name, fonts))
copyFileSync(resolve('dejavu-fonts-ttf/LICENSE'), new URL('LICENSE', fonts))
