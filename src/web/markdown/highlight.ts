// Colours of code. Loaded with the first block of code, each language by itself.
import type { LanguageFn } from 'highlight.js'
import DOMPurify from 'dompurify'
import core from 'highlight.js/lib/core'

type Loader = () => Promise<{ readonly default: LanguageFn }>

const loaders: Readonly<Record<string, Loader>> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  go: () => import('highlight.js/lib/languages/go'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  markdown: () => import('highlight.js/lib/languages/markdown'),
  python: () => import('highlight.js/lib/languages/python'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
}

const others: Readonly<Record<string, string>> = {
  'c++': 'cpp',
  html: 'xml',
  js: 'javascript',
  jsx: 'javascript',
  md: 'markdown',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  svg: 'xml',
  ts: 'typescript',
  tsx: 'typescript',
  yml: 'yaml',
  zsh: 'bash',
}

/** Code in colours; `null` for a language that is not known here. */
export async function coloured(code: string, language: string): Promise<DocumentFragment | null> {
  const given = language.toLowerCase()
  const name = Object.hasOwn(others, given) ? (others[given] ?? given) : given
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
  if (!load) return null
  if (!core.getLanguage(name)) core.registerLanguage(name, (await load()).default)
  const { value } = core.highlight(code, { language: name, ignoreIllegals: true })
  return DOMPurify.sanitize(value, { ALLOWED_TAGS: ['span'], ALLOWED_ATTR: ['class'], RETURN_DOM_FRAGMENT: true })
}
