// A real Chromium, from npm, so that no system package and no other download is needed.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

// `npm ci` deletes it, so its version always matches.
const home = fileURLToPath(new URL('../../node_modules/.cache/chromium/', import.meta.url))

/** Unpacks the browser with its libraries and fonts, if that was not done yet. Called once, before all tests. */
export async function unpackChromium(): Promise<void> {
  mkdirSync(home, { recursive: true })
  // The package unpacks its libraries only if it detects a machine without them, and into the directory for temporary files.
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
 * Fonts with all characters of the page. This build of the browser crashes if it has to look for one in other fonts, and the
 * fonts of machines differ.
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
 * Starts the browser, with its own network traffic turned off. With a `proxy`, requests of pages, workers and the browser
 * itself to other machines go to that port of this machine.
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
