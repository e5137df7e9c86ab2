import type { TranscriptPart } from '../journal/index.ts'
import { localTime } from './local-time.ts'
import { marks, type Reading, resultText, type Said } from './reading.ts'

const style = `
:root { color-scheme: light dark; --line: #8885; --user: #8881 }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
header p { opacity: .7 }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: .5rem 1rem }
article.user { background: var(--user) }
h2 { font-size: 1rem; margin: 0 }
p, pre { white-space: pre-wrap; margin: .5rem 0 }
pre { font: 14px/1.4 ui-monospace, monospace; border-left: 3px solid var(--line); padding-left: .75rem }
.mark { font-style: italic; opacity: .8 }`.trim()

/** A transcript as a web page of its own: it loads nothing, and runs nothing. */
export function asHtml({ id, title, model, createdAt, messages }: Reading): string {
  const name = escaped(title ?? 'Conversation')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${name}</title>
<style>
${style}
</style>
</head>
<body>
<header>
<h1>${name}</h1>
<p>${escaped(model)}, ${localTime(createdAt)}, ${escaped(id)}</p>
</header>
<main>
${messages.map(message).join('\n')}
</main>
</body>
</html>
`
}

function message({ role, parts, mark, model }: Said): string {
  const who = role === 'user' ? 'You' : model === undefined ? 'Claude' : `Claude (${escaped(model)})`
  const texts = parts.map(part).filter((text) => text !== '')
  const note = mark === null ? [] : [`<p class="mark">${escaped(marks[mark])}</p>`]
  const lines = [`<article class="${role}">`, `<h2>${who}</h2>`, ...texts, ...note, '</article>']
  return lines.join('\n')
}

function part(given: TranscriptPart): string {
  switch (given.type) {
    case 'text':
      return given.text.trim() === '' ? '' : `<p>${escaped(given.text.trim())}</p>`
    case 'thinking':
      return ''
    case 'tool-call': {
      const call = `<p><strong>Tool ${escaped(given.name)}</strong></p>\n<pre>${escaped(JSON.stringify(given.input, null, 2) ?? '')}</pre>`
      return given.result ? `${call}\n<pre>${escaped(resultText(given.result['content']))}</pre>` : call
    }
    case 'block':
      return `<p class="mark">[${escaped(given.block.type)}]</p>`
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
