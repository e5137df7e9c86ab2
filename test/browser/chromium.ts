// A real Chromium, from npm: no package of the system's, no download.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

// `npm ci` clears it, so that it is never of another version.
const home = fileURLToPath(new URL('../../node_modules/.cache/chromium/', import.meta.url))

/** Unpacks the browser, with the libraries and fonts that it needs, where it is not yet. Once, before any test. */
export async function unpackChromium(): Promise<void> {
  mkdirSync(home, { recursive: true })
  // The package unpacks its libraries only where it believes to be on a machine without any, and into the directory for
  // temporary files.
  const changes = { TMPDIR: home, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' }
  const before = { ...process.env }
  Object.assign(process.env, changes)
  try {
    const { default: packed } = await import('@sparticuz/chromium')
    await packed.executablePath()
    unpackFonts()
  } finally {
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(before, name)) delete process.env[name]
    Object.assign(process.env, before)
  }
}

/**
 * Fonts with all the signs that the page uses. This build of the browser ends where it has to look for one in other fonts,
 * and the fonts of a machine are its own.
 */
function unpackFonts(): void {
  const fonts = join(home, 'fonts')
  mkdirSync(fonts, { recursive: true })
  const { resolve } = createRequire(import.meta.url)
  for (const name of ['DejaVuSans', 'DejaVuSans-Bold', 'DejaVuSansMono', 'DejaVuSansMono-Bold'])
    copyFileSync(resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`), join(fonts, `${name}.ttf`))
  writeFileSync(
    join(home, 'fonts.conf'),
    `<?xml version="1.0"?><fontconfig><dir>${fonts}</dir><cachedir>${join(home, 'fonts-cache')}</cachedir></fontconfig>`,
  )
}

/**
 * Starts the browser. Everything that it would do by itself over the network is off. With a `proxy`, that port of this
 * machine is asked for whatever is not on this machine: by pages, workers, or the browser itself.
 */
export const launchChromium = ({ proxy }: { readonly proxy?: number } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: join(home, 'chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
      ...(proxy === undefined ? [] : [`--proxy-server=http://127.0.0.1:${proxy}`]),
    ],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(home, 'fonts.conf'),
      HOME: home,
    },
  })
