// Builds the inspector's page, the chat page and the fonts of pictures, where they were not: before tests, and before the command runs from its sources.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export default function setup() {
  const built = ['page/index.html', 'page/chat.html', 'fonts/LICENSE'].map(
    (name) => new URL(`../../dist/${name}`, import.meta.url),
  )
  if (!built.every((file) => existsSync(file)))
    execFileSync('npm', ['run', '--silent', 'build:page'], { stdio: 'inherit' })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup()
